package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import io.diskimage.spark.read.Qcow2Head;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Backing files that an attacker names, through Spark: each is a typed error of its image alone,
 * and no file outside the roots is opened or looked at.
 */
class HostileChainsTest {
  private static final int MOST_BELOW = 64;

  @TempDir static Path directory;
  private static Path root;
  private static Path secret;

  /** Name of an image, its backing file, and what its error says. */
  private static final List<String[]> NAMES =
      List.of(
          new String[] {"self", "self.qcow2", "CorruptImageException", "comes back"},
          new String[] {"self-dotted", "./x/../self-dotted.qcow2", "Exception", "self-dotted"},
          new String[] {"mutual-a", "mutual-b.qcow2", "CorruptImageException", "comes back"},
          new String[] {"mutual-b", "mutual-a.qcow2", "CorruptImageException", "comes back"},
          new String[] {"up", "../secret.qcow2", "ReferenceDeniedException", "chainRoots"},
          new String[] {
            "up-far", "../../../../../../../../../etc/passwd", "ReferenceDenied", "chainRoots"
          },
          new String[] {"absolute", "/etc/passwd", "ReferenceDeniedException", "chainRoots"},
          new String[] {"device", "/dev/zero", "ReferenceDeniedException", "chainRoots"},
          new String[] {
            "json", "json:{\"file.filename\":\"/etc/passwd\"}", "ReferenceDenied", "protocol"
          },
          new String[] {"nbd", "nbd://localhost:1/disk", "ReferenceDeniedException", "protocol"},
          new String[] {"http", "http://localhost:1/disk", "ReferenceDeniedException", "protocol"},
          new String[] {"folder", "folder", "ReferenceDeniedException", "regular file"},
          new String[] {"missing", "none.qcow2", "ReferenceMissingException", "chainRoots"},
          new String[] {"long", "n".repeat(300), "ReferenceMissingException", "nnn"});

  /** Local files under another name, with every one that is opened or looked at written down. */
  public static final class RecordingFileSystem extends RawLocalFileSystem {
    static final Queue<String> TOUCHED = new ConcurrentLinkedQueue<>();

    @Override
    public URI getUri() {
      return URI.create("rec:///");
    }

    @Override
    public String getScheme() {
      return "rec";
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {
      // Its paths are local ones under another name.
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      TOUCHED.add(path.toUri().getPath());
      return super.getFileStatus(path);
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
        throws IOException {
      TOUCHED.add(path.toUri().getPath());
      return super.open(path, bufferSize);
    }
  }

  @BeforeAll
  static void makeImages() throws IOException {
    root = Files.createDirectories(directory.toRealPath().resolve("root"));
    secret = Qcow2Head.overlay(root.resolveSibling("secret.qcow2"), "", "");
    Files.createDirectories(root.resolve("folder"));
    for (String[] name : NAMES) {
      Qcow2Head.overlay(root.resolve(name[0] + ".qcow2"), name[1], "qcow2");
    }
    for (int depth = 0; depth <= MOST_BELOW; depth++) {
      Qcow2Head.overlay(
          root.resolve("deep-" + (depth + 1) + ".qcow2"), "deep-" + depth + ".qcow2", "qcow2");
    }
    Qcow2Head.overlay(root.resolve("deep-0.qcow2"), "", "");
    Qcow2Head.backed(root.resolve("unrecorded.qcow2"), "deep-0.qcow2");
  }

  @BeforeEach
  void nothingTouched() {
    RecordingFileSystem.TOUCHED.clear();
  }

  @AfterEach
  void nothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
    assertThat(RecordingFileSystem.TOUCHED).allMatch(path -> Path.of(path).startsWith(root));
  }

  private static DataFrameReader follow(String table, String mode) {
    return LocalSpark.session()
        .read()
        .format("diskimage")
        .option("table", table)
        .option("chain", "follow")
        .option("mode", mode)
        .option("fs.rec.impl", RecordingFileSystem.class.getName());
  }

  /** Class and message of each image's error, by the image's name. */
  private static Map<String, String> errors(String table, String scheme) {
    Map<String, String> errors = new HashMap<>();
    for (Row row :
        follow(table, "PERMISSIVE")
            .load(scheme + ":" + root)
            .selectExpr("path", "_error.class", "_error.message", "`offset`")
            .where("class IS NOT NULL")
            .collectAsList()) {
      String name = row.getString(0).replaceAll(".*/|[.]qcow2$", "");
      assertThat(row.isNullAt(3)).isTrue();
      assertThat(errors.put(name, row.getString(1) + ": " + row.getString(2)))
          .as("rows of %s", name)
          .isNull();
    }
    return errors;
  }

  @ParameterizedTest
  @ValueSource(strings = {"rec", "file"})
  void eachIsATypedErrorOfItsImage(String scheme) {
    for (String table : List.of("blocks", "extents")) {
      Map<String, String> errors = errors(table, scheme);
      for (String[] name : NAMES) {
        assertThat(errors.remove(name[0])).as(name[0]).contains(name[2], name[3]);
      }
      assertThat(errors.remove("deep-" + (MOST_BELOW + 1)))
          .contains("LimitExceededException", "chainDepth = " + MOST_BELOW);
      assertThat(errors.remove("unrecorded"))
          .contains("UnsupportedImageException", "no recorded format");
      assertThat(errors).as("the others are read").isEmpty();
    }
    assertThat(RecordingFileSystem.TOUCHED.isEmpty()).isEqualTo(scheme.equals("file"));
  }

  @Test
  void theFirstFailsAQueryThatAsksForIt() {
    assertThatThrownBy(
            () -> follow("blocks", "FAILFAST").load(root.resolve("up.qcow2").toString()).count())
        .hasStackTraceContaining("ReferenceDeniedException")
        .hasStackTraceContaining("up.qcow2")
        .hasStackTraceContaining("chainRoots");
  }

  @Test
  void chainRootsAllowMoreAndLess() {
    Path up = root.resolve("up.qcow2");
    assertThat(
            follow("extents", "FAILFAST")
                .option("chainRoots", root.getParent().toString())
                .load(up.toString())
                .count())
        .isEqualTo(1);
    // What another query was allowed to open is not there for this one.
    assertThatThrownBy(() -> follow("extents", "FAILFAST").load(up.toString()).count())
        .hasStackTraceContaining("ReferenceDeniedException");
    assertThatThrownBy(
            () ->
                follow("extents", "FAILFAST")
                    .option("chainRoots", "[]")
                    .load(root.resolve("deep-1.qcow2").toString())
                    .count())
        .hasStackTraceContaining("ReferenceDeniedException");
    assertThat(Files.exists(secret)).isTrue();
  }

  @Test
  void localLinksOutOfTheRootsAreDenied() throws IOException {
    Path folder = Files.createDirectories(root.resolveSibling("links/sub"));
    Files.createSymbolicLink(folder.resolve("link.qcow2"), secret);
    Qcow2Head.overlay(folder.resolve("through-link.qcow2"), "link.qcow2", "qcow2");
    Files.createSymbolicLink(folder.resolve("zero.raw"), Path.of("/dev/zero"));
    Qcow2Head.overlay(folder.resolve("to-device.qcow2"), "zero.raw", "raw");
    Files.createSymbolicLink(folder.resolve("again"), Path.of("."));
    Qcow2Head.overlay(folder.resolve("round.qcow2"), "again/round.qcow2", "qcow2");
    for (String name : List.of("through-link", "to-device")) {
      assertThatThrownBy(
              () -> follow("blocks", "FAILFAST").load(folder + "/" + name + ".qcow2").count())
          .hasStackTraceContaining("ReferenceDeniedException")
          .hasStackTraceContaining("chainRoots");
    }
    assertThatThrownBy(() -> follow("blocks", "FAILFAST").load(folder + "/round.qcow2").count())
        .hasStackTraceContaining("CorruptImageException")
        .hasStackTraceContaining("comes back");
  }

  @Test
  void underTopNoOtherFileIsTouched() {
    long rows =
        LocalSpark.session()
            .read()
            .format("diskimage")
            .option("fs.rec.impl", RecordingFileSystem.class.getName())
            .load("rec:" + root + "/missing.qcow2")
            .where("_kind = 'backing'")
            .count();
    assertThat(rows).isEqualTo((1 << 20) / 4096);
    assertThat(RecordingFileSystem.TOUCHED).containsOnly(root + "/missing.qcow2");
  }
}
