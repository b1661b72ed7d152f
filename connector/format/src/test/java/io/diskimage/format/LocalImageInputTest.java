package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalImageInputTest {
  @TempDir Path directory;

  private Path file(byte... bytes) throws IOException {
    return Files.write(directory.resolve("disk.raw"), bytes);
  }

  private static void readInterrupted(LocalImageInput input) {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> input.read(0, ByteBuffer.allocate(1)))
          .isInstanceOf(ClosedByInterruptException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void readsUpToTheEndOfTheFile() throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file((byte) 1, (byte) 2, (byte) 3))) {
      ByteBuffer target = ByteBuffer.allocate(8);

      assertThat(input.read(1, target)).isEqualTo(2);
      assertThat(target.position()).isEqualTo(2);
      assertThat(input.read(3, target)).isZero();
    }
  }

  @Test
  void survivesTheInterruptionOfAnotherReader() throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file((byte) 1, (byte) 2))) {
      readInterrupted(input);

      ByteBuffer target = ByteBuffer.allocate(2);
      assertThat(input.read(0, target)).isEqualTo(2);
      assertThat(target.array()).containsExactly(1, 2);
    }
  }

  @Test
  void doesNotGoOnWithAnotherFileAfterAnInterruption() throws IOException {
    Path path = file((byte) 1, (byte) 2);
    try (LocalImageInput input = LocalImageInput.open(path)) {
      readInterrupted(input);
      Files.write(path, new byte[3]);

      assertThatThrownBy(() -> input.read(0, ByteBuffer.allocate(2)))
          .isInstanceOf(ImageChangedException.class)
          .hasMessageContaining("changed while reading");
    }
  }

  @Test
  void staysClosedOnceClosed() throws IOException {
    LocalImageInput input = LocalImageInput.open(file((byte) 1));
    input.close();

    assertThatThrownBy(() -> input.read(0, ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void anUntouchedFileIsUnchanged() throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file((byte) 1))) {
      assertThatCode(input::requireUnchanged).doesNotThrowAnyException();
    }
  }

  @Test
  void aGrownFileHasChanged() throws IOException {
    Path path = file((byte) 1);
    try (LocalImageInput input = LocalImageInput.open(path)) {
      FileTime time = Files.getLastModifiedTime(path);
      Files.write(path, new byte[2]);
      Files.setLastModifiedTime(path, time);

      assertHasChanged(input, "another file");
    }
  }

  @Test
  void aFileOfAnotherTimeHasChanged() throws IOException {
    Path path = file((byte) 1);
    try (LocalImageInput input = LocalImageInput.open(path)) {
      Files.setLastModifiedTime(path, FileTime.fromMillis(input.modificationTime() + 1));

      assertHasChanged(input, "another file");
    }
  }

  @Test
  void aFilePutInItsPlaceHasChanged() throws IOException {
    Path path = file((byte) 1);
    try (LocalImageInput input = LocalImageInput.open(path)) {
      Path other = Files.write(directory.resolve("other"), new byte[1]);
      Files.setLastModifiedTime(other, FileTime.fromMillis(input.modificationTime()));
      Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);

      assertHasChanged(input, "another file");
    }
  }

  @Test
  void aDeletedFileHasChanged() throws IOException {
    Path path = file((byte) 1);
    try (LocalImageInput input = LocalImageInput.open(path)) {
      Files.delete(path);

      assertHasChanged(input, "gone");
    }
  }

  private static void assertHasChanged(LocalImageInput input, String how) {
    assertThatThrownBy(input::requireUnchanged)
        .isInstanceOf(ImageChangedException.class)
        .hasMessageContaining(input.location())
        .hasMessageContaining("changed while reading")
        .hasMessageContaining(how);
  }

  @Test
  void aShrunkFileHasChanged() throws IOException {
    Path path = file((byte) 1, (byte) 2);
    try (LocalImageInput input = LocalImageInput.open(path)) {
      Files.write(path, new byte[1]);

      assertThatThrownBy(() -> input.read(0, ByteBuffer.allocate(2)))
          .isInstanceOf(ImageChangedException.class)
          .hasMessageContaining(path.toString());
    }
  }
}
