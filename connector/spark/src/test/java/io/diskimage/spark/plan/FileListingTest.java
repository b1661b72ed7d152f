package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.spark.io.TaggedFiles;
import io.diskimage.spark.options.ListingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.AnalysisException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListingTest {
  @TempDir private Path root;

  @Test
  void directoriesAreListedRecursivelyInTheOrderOfPaths() throws IOException {
    file("b.qcow2", 7);
    file("a/z/deep.img", 0);
    file("a/y.vdi", 3);
    assertThat(list(root.toString()))
        .containsExactly(path("a/y.vdi"), path("a/z/deep.img"), path("b.qcow2"));
  }

  @Test
  void filesCarryLengthAndTimeOfTheListing() throws IOException {
    file("a.raw", 1234);
    Files.setLastModifiedTime(
        root.resolve("a.raw"), FileTime.from(Instant.parse("2024-06-15T05:00:00Z")));
    assertThat(files(ListingOptions.ALL, root.toString()))
        .extracting(ListedFile::file)
        .containsExactly(
            new ImageFile(
                path("a.raw"), 1234, Instant.parse("2024-06-15T05:00:00Z").toEpochMilli()));
  }

  @Test
  void objectsCarryTheEtagOfTheListing() throws IOException {
    file("a.raw", 3);
    file("b/c.raw", 4);
    Configuration conf = new Configuration();
    conf.setClass("fs.tagged.impl", TaggedFiles.class, FileSystem.class);
    List<ListedFile> listed =
        new FileListing(conf, ListingOptions.ALL)
            .list(List.of("tagged:" + root + "/a.raw", "tagged:" + root + "/b"))
            .files();
    assertThat(listed)
        .extracting(file -> file.file().etag())
        // CRC-32 of three and of four zero bytes.
        .containsExactly("ff41d912", "2144df1c");
  }

  @Test
  void pathsAreNotPercentEncoded() throws IOException {
    file("a b%20c ü.raw", 1);
    assertThat(list(root.toString())).containsExactly("file:" + root + "/a b%20c ü.raw");
    assertThat(list("file:" + root + "/a b%20c ü.raw"))
        .containsExactly("file:" + root + "/a b%20c ü.raw");
  }

  @Test
  void withoutRecursionOnlyTheDirectoryItselfIsListed() throws IOException {
    file("b.raw", 1);
    file("a/c.raw", 1);
    ListingOptions flat = new ListingOptions(false, null, null, null);
    assertThat(files(flat, root.toString()))
        .extracting(file -> file.file().path())
        .containsExactly(path("b.raw"));
  }

  @Test
  void hiddenNamesAreSkippedUnlessThePathNamesTheFile() throws IOException {
    file("_success", 1);
    file(".hidden.raw", 1);
    file("_tmp/a.raw", 1);
    file("shown.raw", 1);
    assertThat(list(root.toString())).containsExactly(path("shown.raw"));
    assertThat(list(root + "/*.raw")).containsExactly(path("shown.raw"));
    assertThat(list(root + "/.hidden.raw")).containsExactly(path(".hidden.raw"));
    assertThat(list(root + "/_tmp")).containsExactly(path("_tmp/a.raw"));
    assertThat(list(root + "/.h*")).containsExactly(path(".hidden.raw"));
  }

  @Test
  void globsMatchFilesAndDirectories() throws IOException {
    file("dc1/a.qcow2", 1);
    file("dc2/b.qcow2", 1);
    file("dc2/c.vdi", 1);
    file("other/d.qcow2", 1);
    assertThat(list(root + "/dc*/*.qcow2"))
        .containsExactly(path("dc1/a.qcow2"), path("dc2/b.qcow2"));
    assertThat(list(root + "/{dc1,other}"))
        .containsExactly(path("dc1/a.qcow2"), path("other/d.qcow2"));
  }

  @Test
  void aNameThatLooksLikeAGlobIsFoundAsItStands() throws IOException {
    file("disk[1].raw", 1);
    assertThat(list(root + "/disk[1].raw")).containsExactly(path("disk[1].raw"));
  }

  @Test
  void aFileReachedByThreeRootsAppearsOnce() throws IOException {
    file("a/x.raw", 1);
    file("a/y.raw", 1);
    assertThat(list(root + "/a/x.raw", root.toString(), root + "/a", "file:" + root + "/a/../a/*"))
        .containsExactly(path("a/x.raw"), path("a/y.raw"));
  }

  @Test
  void namesAndTimesAreFiltered() throws IOException {
    file("old.raw", 1);
    file("new.raw", 1);
    file("new.txt", 1);
    Files.setLastModifiedTime(
        root.resolve("old.raw"), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    Files.setLastModifiedTime(
        root.resolve("new.raw"), FileTime.from(Instant.parse("2024-01-01T00:00:00Z")));
    long old = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli() * 1000;
    assertThat(paths(new ListingOptions(true, "*.raw", null, old)))
        .containsExactly(path("new.raw"));
    assertThat(paths(new ListingOptions(true, "*.raw", old + 1, null)))
        .containsExactly(path("old.raw"));
    assertThat(paths(new ListingOptions(true, "*.raw", old, null))).isEmpty();
  }

  @Test
  void aPathThatNamesNothingIsAnErrorOfSparksKind() {
    assertThatThrownBy(() -> list(root + "/missing"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("PATH_NOT_FOUND")
        .hasMessageContaining("file:" + root + "/missing");
    assertThatThrownBy(() -> list(root + "/*.none"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("PATH_NOT_FOUND");
  }

  @Test
  void anEmptyDirectoryIsNoError() {
    assertThat(list(root.toString())).isEmpty();
  }

  @Test
  void linksThatLeadBackUpAreNotFollowed() throws IOException {
    file("a/x.raw", 1);
    Files.createSymbolicLink(root.resolve("a/up"), root);
    Files.createSymbolicLink(root.resolve("aside"), Files.createDirectory(root.resolve("b")));
    file("b/y.raw", 1);
    assertThat(list(root.toString()))
        .containsExactly(path("a/x.raw"), path("aside/y.raw"), path("b/y.raw"));
  }

  @Test
  void localFilesAreNeverListedWithTheirHosts() throws IOException {
    file("a/x.raw", 1);
    Configuration conf = new Configuration(false);
    conf.setClass("fs.file.impl", NoHosts.class, RawLocalFileSystem.class);
    conf.setBoolean("fs.file.impl.disable.cache", true);
    assertThat(new FileListing(conf, ListingOptions.ALL).list(List.of(root.toString())).files())
        .extracting(file -> file.file().path())
        .containsExactly(path("a/x.raw"));
  }

  /** A local file system that fails where Hadoop's would fork a process per file. */
  public static final class NoHosts extends RawLocalFileSystem {
    @Override
    public RemoteIterator<LocatedFileStatus> listLocatedStatus(org.apache.hadoop.fs.Path path) {
      throw new AssertionError("listLocatedStatus of " + path);
    }

    @Override
    public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length) {
      throw new AssertionError("getFileBlockLocations of " + file.getPath());
    }
  }

  @Test
  void tellsTheDirectoriesThatPathsSpeakOf() throws IOException {
    file("dc1/a.raw", 1);
    file("dc1/deep/b.raw", 1);
    file("dc2/c.raw", 1);
    file("odd/d[1].raw", 1);
    file("odd/e[1]/f.raw", 1);

    assertThat(directories(root + "/dc1", root + "/dc1/"))
        .containsExactly(path("dc1"), path("dc1"));
    assertThat(directories(root + "/dc1/a.raw")).containsExactly(path("dc1"));
    assertThat(directories(root + "/dc1/deep/../a.raw")).containsExactly(path("dc1"));
    assertThat(directories(root + "/dc*", root + "/dc1/*/b.raw", root + "/dc{1/deep,2}/*.raw"))
        .containsExactly("file:" + root, path("dc1"), "file:" + root);
    assertThat(directories(root + "/odd/d[1].raw", root + "/odd/e[1]"))
        .as("brackets that are part of a name")
        .containsExactly(path("odd"), path("odd/e[1]"));
  }

  private static List<String> directories(String... paths) {
    return new FileListing(new Configuration(false), ListingOptions.ALL)
        .list(List.of(paths))
        .directories();
  }

  private void file(String name, int length) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[length]);
  }

  private String path(String name) {
    return "file:" + root + "/" + name;
  }

  private List<String> paths(ListingOptions options) {
    return files(options, root.toString()).stream().map(file -> file.file().path()).toList();
  }

  private static List<String> list(String... paths) {
    return files(ListingOptions.ALL, paths).stream().map(file -> file.file().path()).toList();
  }

  private static List<ListedFile> files(ListingOptions options, String... paths) {
    return new FileListing(new Configuration(false), options).list(List.of(paths)).files();
  }
}
