package io.diskimage.spark.publish;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageLockedException;
import io.diskimage.format.ImageTarget;
import io.diskimage.spark.io.ImageInputs;
import io.diskimage.spark.io.RemoteFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.AbstractFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDraftsTest {
  private static final byte[] OLD = "the old image".getBytes(US_ASCII);
  private static final byte[] NEW = {1, 2, 3};

  @TempDir Path root;
  private Path directory;
  private Path spools;
  private Path file;

  @BeforeEach
  void makeDirectories() throws IOException {
    directory = Files.createDirectory(root.resolve("images"));
    spools = Files.createDirectory(root.resolve("spools"));
    file = directory.resolve("a disk.raw");
  }

  /** Whatever happened, spools are gone and streams are closed. */
  @AfterEach
  void nothingLeft() throws IOException {
    assertThat(namesIn(spools)).isEmpty();
    assertThat(ImageInputs.open()).isZero();
  }

  private static List<String> namesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  private static Configuration conf() {
    Configuration conf = new Configuration();
    conf.setClass("fs.remote.impl", RemoteFiles.class, FileSystem.class);
    conf.setClass(
        "fs.AbstractFileSystem.remote.impl", RemoteContext.class, AbstractFileSystem.class);
    return conf;
  }

  private ImageDrafts drafts() {
    return new ImageDrafts(conf(), spools);
  }

  private org.apache.hadoop.fs.Path path(String scheme) {
    return new org.apache.hadoop.fs.Path(scheme, null, file.toString());
  }

  private static void write(ImageDraft draft, byte[] content) throws IOException {
    try (ImageTarget target = draft.target()) {
      target.setLength(0);
      target.write(0, content, 0, content.length);
      target.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "remote"})
  void createsAnImage(String scheme) throws IOException {
    try (ImageDraft draft = drafts().create(path(scheme))) {
      assertThat(draft.target().location()).isEqualTo(path(scheme).toString());
      write(draft, NEW);
      draft.publish();
    }

    assertThat(file).hasBinaryContent(NEW);
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "remote"})
  void changesAnImage(String scheme) throws IOException {
    Files.write(file, OLD);
    try (ImageDraft draft = drafts().open(path(scheme))) {
      try (ImageTarget target = draft.target()) {
        assertThat(target.length()).isEqualTo(OLD.length);
        target.write(4, NEW, 0, NEW.length);
      }
      draft.publish();
    }

    byte[] expected = OLD.clone();
    System.arraycopy(NEW, 0, expected, 4, NEW.length);
    assertThat(file).hasBinaryContent(expected);
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "remote"})
  void leavesNothingOfANewImageThatIsNotPublished(String scheme) throws IOException {
    try (ImageDraft draft = drafts().create(path(scheme))) {
      write(draft, NEW);
    }
    try (ImageDraft draft = drafts().create(path(scheme))) {
      draft.target().write(0, NEW, 0, NEW.length);
    }
    assertThat(namesIn(directory)).isEmpty();
  }

  @Test
  void leavesAnImageThatIsNotPublishedAsItWas() throws IOException {
    Files.write(file, OLD);
    try (ImageDraft draft = drafts().open(path("remote"))) {
      write(draft, NEW);
    }
    assertThat(file).hasBinaryContent(OLD);
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "remote"})
  void refusesToCreateWhatIsThereAndToOpenWhatIsNot(String scheme) throws IOException {
    assertThatThrownBy(() -> drafts().open(path(scheme))).isInstanceOf(NoSuchFileException.class);
    assertThat(namesIn(directory)).isEmpty();
    Files.write(file, OLD);
    assertThatThrownBy(() -> drafts().create(path(scheme)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasBinaryContent(OLD);
  }

  @Test
  void refusesADirectoryAndADirectoryThatIsNotThere() throws IOException {
    assertThatThrownBy(() -> drafts().open(path("remote").getParent()))
        .hasMessageContaining("no regular file");
    file = directory.resolve("missing/disk.raw");
    assertThatThrownBy(() -> drafts().create(path("remote")))
        .isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() -> drafts().create(path("file"))).isInstanceOf(NoSuchFileException.class);
    assertThat(namesIn(directory)).isEmpty();
  }

  @Test
  void refusesToReplaceAnImageThatWasChanged() throws IOException {
    Files.write(file, OLD);
    FileTime later = FileTime.fromMillis(Files.getLastModifiedTime(file).toMillis() + 2000);
    byte[] theirs = OLD.clone();
    theirs[0]++;
    try (ImageDraft draft = drafts().open(path("remote"))) {
      write(draft, NEW);
      Files.write(file, theirs);
      Files.setLastModifiedTime(file, later);
      assertThatThrownBy(draft::publish)
          .isInstanceOf(ImageChangedException.class)
          .hasMessageContaining(path("remote").toString());
    }
    assertThat(file).hasBinaryContent(theirs);
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "remote"})
  void refusesToPublishAnImageThatWasRemovedOrReplaced(String scheme) throws IOException {
    for (boolean replaced : List.of(false, true)) {
      Files.write(file, OLD);
      try (ImageDraft draft = drafts().open(path(scheme))) {
        write(draft, NEW);
        Files.move(file, directory.resolve("moved"));
        if (replaced) {
          Files.writeString(file, "theirs");
        }
        assertThatThrownBy(draft::publish).isInstanceOf(ImageChangedException.class);
      }
      assertThat(Files.exists(file)).isEqualTo(replaced);
      Files.delete(directory.resolve("moved"));
    }
    assertThat(file).hasContent("theirs");
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @Test
  void refusesToPublishANewImageWhereThereIsOneMeanwhile() throws IOException {
    try (ImageDraft draft = drafts().create(path("remote"))) {
      write(draft, NEW);
      Files.write(file, OLD);
      assertThatThrownBy(draft::publish).isInstanceOf(ImageChangedException.class);
    }
    assertThat(file).hasBinaryContent(OLD);
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @Test
  void refusesToPublishANewImageWhereOneComesAtTheLastMoment() throws IOException {
    try (ImageDraft draft = faulty(RemoteContext.Fault.COMES_LATE).create(path("remote"))) {
      write(draft, NEW);
      assertThatThrownBy(draft::publish).isInstanceOf(ImageChangedException.class);
    }
    assertThat(file).isEmptyFile();
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  private ImageDrafts faulty(RemoteContext.Fault fault) {
    Configuration conf = conf();
    conf.setEnum(RemoteContext.FAULT, fault);
    // Others find file systems by their scheme alone.
    conf.setBoolean("fs.remote.impl.disable.cache", true);
    return new ImageDrafts(conf, spools);
  }

  @Test
  void leavesAFileThatTookTheNameOfALocalDraft() throws IOException {
    try (ImageDraft draft = drafts().create(path("file"))) {
      write(draft, NEW);
      // Not deleted first: the new file could get the same inode.
      Files.move(file, directory.resolve("moved"));
      Files.write(file, OLD);
    }
    assertThat(file).hasBinaryContent(OLD);
  }

  @Test
  void locksALocalImageWhileItIsWritten() throws IOException {
    try (ImageDraft draft = drafts().create(path("file"))) {
      assertThatThrownBy(() -> drafts().open(path("file")))
          .isInstanceOf(ImageLockedException.class);
      write(draft, NEW);
      draft.publish();
    }
    assertThat(file).hasBinaryContent(NEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "remote"})
  void publishesOnceAndOnlyWhatIsClosed(String scheme) throws IOException {
    try (ImageDraft draft = drafts().create(path(scheme))) {
      draft.target().write(0, NEW, 0, NEW.length);
      assertThatThrownBy(draft::publish).isInstanceOf(IllegalStateException.class);
      draft.target().close();
      draft.publish();
      assertThatThrownBy(draft::publish).isInstanceOf(IllegalStateException.class);
    }
    assertThat(file).hasBinaryContent(NEW);
  }

  @Test
  void keepsSpoolsPrivate() throws IOException {
    try (ImageDraft draft = drafts().create(path("remote"))) {
      draft.target().write(0, NEW, 0, NEW.length);
      try (Stream<Path> all = Files.walk(spools).skip(1)) {
        assertThat(all.toList())
            .hasSize(2)
            .allSatisfy(
                each ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                        .endsWith("------"));
      }
    }
  }

  @Test
  void failsBeforeAnythingIsDoneWithoutAPlaceForTheSpool() throws IOException {
    Files.write(file, OLD);
    ImageDrafts drafts = new ImageDrafts(conf(), root.resolve("missing"));
    assertThatThrownBy(() -> drafts.open(path("remote"))).isInstanceOf(NoSuchFileException.class);
    assertThat(file).hasBinaryContent(OLD);
    assertThat(namesIn(directory)).containsExactly("a disk.raw");
  }

  @Test
  void keepsTheNewImageWhereTheOldOneIsGoneAndItCannotTakeItsPlace() throws IOException {
    Files.write(file, OLD);
    try (ImageDraft draft = faulty(RemoteContext.Fault.FAILS).open(path("remote"))) {
      write(draft, NEW);
      assertThatThrownBy(draft::publish)
          .hasMessageContaining("broken")
          .satisfies(
              failure ->
                  assertThat(failure.getSuppressed()[0])
                      .hasMessageContaining("/.a disk.raw.")
                      .hasMessageContaining("is kept"));
    }
    List<String> names = namesIn(directory);
    assertThat(names).hasSize(1);
    assertThat(names.get(0)).startsWith(".a disk.raw.");
    assertThat(directory.resolve(names.get(0))).hasBinaryContent(NEW);
  }

  @Test
  void copiesHolesAndWhatIsBetweenThem() throws IOException {
    byte[] disk = new byte[40 * StoredPieces.PIECE + 777];
    Random random = new Random(1);
    for (int position : new int[] {0, 9 * StoredPieces.PIECE - 1, disk.length - 3}) {
      disk[position] = (byte) (1 + random.nextInt(255));
    }
    Files.write(file, disk);
    byte[] more = new byte[StoredPieces.PIECE];
    random.nextBytes(more);
    int at = 20 * StoredPieces.PIECE + 5;
    try (ImageDraft draft = drafts().open(path("remote"))) {
      try (ImageTarget target = draft.target()) {
        target.write(at, more, 0, more.length);
        target.zero(0, 10);
        target.setLength(disk.length + 10);
      }
      draft.publish();
    }

    byte[] expected = Arrays.copyOf(disk, disk.length + 10);
    System.arraycopy(more, 0, expected, at, more.length);
    expected[0] = 0;
    assertThat(Arrays.mismatch(Files.readAllBytes(file), expected)).isEqualTo(-1);
  }
}
