package io.diskimage.spark.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ReadAdvice;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ImageInputsTest {
  @TempDir Path directory;

  /** Remote files whose bytes never come. */
  public static final class SilentFiles extends RemoteFiles {
    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) {
      return new FSDataInputStream(
          new FSInputStream() {
            @Override
            public int read() throws IOException {
              throw new SocketTimeoutException("Read timed out");
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
              return read();
            }

            @Override
            public void seek(long position) {}

            @Override
            public long getPos() {
              return 0;
            }

            @Override
            public boolean seekToNewSource(long position) {
              return false;
            }
          });
    }
  }

  private static Configuration conf() {
    Configuration conf = new Configuration();
    conf.setClass("fs.silent.impl", SilentFiles.class, RawLocalFileSystem.class);
    conf.setClass("fs.tagged.impl", TaggedFiles.class, RawLocalFileSystem.class);
    conf.setClass("fs.remote.impl", RemoteFiles.class, RawLocalFileSystem.class);
    conf.setClass("fs.gs.impl", RemoteFiles.class, RawLocalFileSystem.class);
    return conf;
  }

  static Stream<String> schemes() {
    return Stream.of("file", "remote");
  }

  @AfterEach
  void nothingOpen() {
    assertThat(ImageInputs.open()).isZero();
  }

  private byte[] bytes(int length) throws IOException {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    Files.write(file(), bytes);
    return bytes;
  }

  private Path file() {
    return directory.resolve("a b%20.img");
  }

  private ImageFile listed(String scheme) throws IOException {
    return new ImageFile(
        scheme + ":" + file(), Files.size(file()), Files.getLastModifiedTime(file()).toMillis());
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void readsAnyRangeFromManyThreads(String scheme) throws Exception {
    byte[] bytes = bytes(1 << 20);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (ImageInput input = ImageInputs.open(listed(scheme), conf())) {
      assertThat(ImageInputs.open()).isEqualTo(1);
      assertThat(input.location()).isEqualTo(scheme + ":" + file());
      assertThat(input.length()).isEqualTo(bytes.length);
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Random random = new Random(i);
        readers.add(
            pool.submit(
                () -> {
                  for (int n = 0; n < 200; n++) {
                    int from = random.nextInt(bytes.length);
                    int length = random.nextInt(100_000);
                    ByteBuffer target =
                        n % 2 == 0
                            ? ByteBuffer.allocate(length)
                            : ByteBuffer.allocateDirect(length);
                    int expected = Math.min(length, bytes.length - from);
                    assertThat(input.read(from, target)).isEqualTo(expected);
                    assertThat(target.flip())
                        .isEqualTo(ByteBuffer.wrap(bytes, from, expected).slice());
                  }
                  return null;
                }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void readsNothingBehindTheEnd(String scheme) throws IOException {
    bytes(100);
    try (ImageInput input = ImageInputs.open(listed(scheme), conf())) {
      assertThat(input.read(100, ByteBuffer.allocate(8))).isZero();
      assertThat(input.read(5000, ByteBuffer.allocate(8))).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileThatShrankHasChanged(String scheme) throws IOException {
    bytes(100);
    ImageFile listed = listed(scheme);
    try (ImageInput input = ImageInputs.open(listed, conf())) {
      Files.write(file(), new byte[10]);
      ByteBuffer target = ByteBuffer.allocate(100);
      assertThatThrownBy(() -> input.read(0, target))
          .isInstanceOf(ImageChangedException.class)
          .hasMessageContaining("changed while reading")
          .hasMessageContaining(listed.path());
    }
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileThatIsGoneHasChanged(String scheme) throws IOException {
    bytes(100);
    ImageFile listed = listed(scheme);
    Files.delete(file());

    assertThatThrownBy(() -> ImageInputs.open(listed, conf()))
        .isInstanceOf(ImageChangedException.class)
        .hasMessageContaining("is gone");
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileIsUnchangedUntilItIsRewritten(String scheme) throws IOException {
    bytes(100);
    try (ImageInput input = ImageInputs.open(listed(scheme), conf())) {
      input.requireUnchanged();
      FileTime time = Files.getLastModifiedTime(file());
      Files.write(file(), new byte[101]);
      Files.setLastModifiedTime(file(), time);

      assertHasChanged(input, "another file");
    }
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileOfAnotherTimeHasChanged(String scheme) throws IOException {
    bytes(100);
    try (ImageInput input = ImageInputs.open(listed(scheme), conf())) {
      Files.write(file(), new byte[100]);
      Files.setLastModifiedTime(file(), FileTime.fromMillis(input.modificationTime() + 1000));

      assertHasChanged(input, "another file");
    }
  }

  @Test
  void anObjectOfTheSameLengthAndTimeIsKnownByItsEtag() throws IOException {
    ImageFile listed = tagged();
    try (ImageInput input = ImageInputs.open(listed, conf())) {
      input.requireUnchanged();
      Files.write(file(), new byte[100]);
      Files.setLastModifiedTime(file(), FileTime.fromMillis(listed.modificationTime()));

      assertHasChanged(input, listed.etag());
    }
    assertThatThrownBy(() -> ImageInputs.open(listed, conf()))
        .isInstanceOf(ImageChangedException.class)
        .hasMessageContaining("ETag " + listed.etag())
        .hasMessageContaining("ETag " + tagged().etag());
  }

  @Test
  void anObjectOfTheSameEtagIsUnchangedWhateverItsTime() throws IOException {
    ImageFile listed = tagged();
    Files.setLastModifiedTime(file(), FileTime.fromMillis(listed.modificationTime() + 1));

    try (ImageInput input = ImageInputs.open(listed, conf())) {
      input.requireUnchanged();
    }
  }

  private ImageFile tagged() throws IOException {
    if (Files.notExists(file())) {
      bytes(100);
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path("tagged:" + file());
    return ImageFile.of(path.toString(), path.getFileSystem(conf()).getFileStatus(path));
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileDeletedWhileItIsOpenHasChanged(String scheme) throws IOException {
    bytes(100);
    try (ImageInput input = ImageInputs.open(listed(scheme), conf())) {
      Files.delete(file());

      assertHasChanged(input, "gone");
    }
  }

  private static void assertHasChanged(ImageInput input, String how) {
    assertThatThrownBy(input::requireUnchanged)
        .isInstanceOf(ImageChangedException.class)
        .hasMessageContaining("changed while reading")
        .hasMessageContaining(input.location())
        .hasMessageContaining(how);
  }

  @Test
  void aStoreThatDoesNotAnswerInterruptsNobody() throws IOException {
    bytes(100);
    try (ImageInput input = ImageInputs.open(listed("silent"), conf())) {
      assertThatThrownBy(() -> input.read(0, ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(InterruptedIOException.class)
          .hasMessageContaining(input.location())
          .hasMessageContaining("does not answer in time")
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void nothingIsReadOnceClosed(String scheme) throws IOException {
    bytes(100);
    ImageInput input = ImageInputs.open(listed(scheme), conf());
    input.close();
    input.close();

    assertThatThrownBy(() -> input.read(0, ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileUnlikeItsListingHasChanged(String scheme) throws IOException {
    bytes(100);
    ImageFile listed = listed(scheme);

    assertThatThrownBy(
            () ->
                ImageInputs.open(
                    new ImageFile(listed.path(), 100, listed.modificationTime() - 1), conf()))
        .isInstanceOf(ImageChangedException.class);
    assertThatThrownBy(
            () ->
                ImageInputs.open(
                    new ImageFile(listed.path(), 99, listed.modificationTime()), conf()))
        .isInstanceOf(ImageChangedException.class);
  }

  @Test
  void storesAreReadAsTheyLike() throws IOException {
    bytes(1);
    for (String scheme : List.of("file", "remote", "gs")) {
      try (ImageInput input = ImageInputs.open(listed(scheme), conf())) {
        assertThat(input.advice())
            .isEqualTo(
                switch (scheme) {
                  case "file" -> ReadAdvice.LOCAL;
                  case "gs" -> ReadAdvice.OBJECT_STORE;
                  default -> ReadAdvice.REMOTE;
                });
      }
    }
  }
}
