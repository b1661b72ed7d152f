package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalImageTargetTest {
  @TempDir Path directory;

  private Path file(int... bytes) throws IOException {
    byte[] content = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      content[i] = (byte) bytes[i];
    }
    return Files.write(directory.resolve("disk.raw"), content);
  }

  @Test
  void writesInPlaceAndBehindTheEnd() throws IOException {
    Path path = file(1, 2, 3);
    try (LocalImageTarget target = LocalImageTarget.open(path)) {
      target.write(1, new byte[] {9, 8, 7}, 1, 1);
      target.write(5, ByteBuffer.wrap(new byte[] {5}));
      target.flush();

      assertThat(target.length()).isEqualTo(6);
      ByteBuffer all = ByteBuffer.allocate(8);
      assertThat(target.read(0, all)).isEqualTo(6);
      assertThat(all.array()).containsExactly(1, 8, 3, 0, 0, 5, 0, 0);
      assertThat(target.read(6, ByteBuffer.allocate(1))).isZero();
    }
    assertThat(Files.readAllBytes(path)).containsExactly(1, 8, 3, 0, 0, 5);
  }

  @Test
  void cutsAndExtendsByZeros() throws IOException {
    Path path = file(1, 2, 3);
    try (LocalImageTarget target = LocalImageTarget.open(path)) {
      target.setLength(1);
      assertThat(target.length()).isEqualTo(1);
      target.setLength(3);
      assertThat(target.length()).isEqualTo(3);
    }
    assertThat(Files.readAllBytes(path)).containsExactly(1, 0, 0);
  }

  @Test
  void makesRangesZeroInsideAndBehindTheEnd() throws IOException {
    byte[] ones = new byte[3_000_000];
    Arrays.fill(ones, (byte) 1);
    Path path = Files.write(directory.resolve("disk.raw"), ones);
    try (LocalImageTarget target = LocalImageTarget.open(path)) {
      target.zero(100, 2_500_000);
      target.zero(2_999_999, 2);
      target.zero(3_000_010, 10);
      assertThat(target.length()).isEqualTo(3_000_020);
    }
    byte[] expected = Arrays.copyOf(ones, 3_000_020);
    Arrays.fill(expected, 100, 2_500_100, (byte) 0);
    expected[2_999_999] = 0;
    assertThat(Files.readAllBytes(path)).isEqualTo(expected);
  }

  @Test
  void opensWhatIsThereAndCreatesWhatIsNot() throws IOException {
    Path missing = directory.resolve("new.raw");
    assertThatThrownBy(() -> LocalImageTarget.open(missing))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(missing).doesNotExist();
    try (LocalImageTarget target = LocalImageTarget.create(missing)) {
      assertThat(target.length()).isZero();
    }
    try (LocalImageTarget target = LocalImageTarget.create(file(1, 2))) {
      assertThat(target.length()).isEqualTo(2);
    }
  }

  @Test
  void writesNothingMoreOnceAWriterWasInterrupted() throws IOException {
    Path path = file(1, 2, 3);
    try (LocalImageTarget target = LocalImageTarget.open(path)) {
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> target.write(0, new byte[] {9}, 0, 1))
            .isInstanceOf(ClosedByInterruptException.class);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }

      assertThatThrownBy(() -> target.write(0, new byte[] {9}, 0, 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(path.toString())
          .hasMessageContaining("interrupted");
      assertThatThrownBy(target::flush).hasMessageContaining("interrupted");
      assertThatThrownBy(() -> target.setLength(1)).hasMessageContaining("interrupted");
      assertThatThrownBy(() -> target.read(0, ByteBuffer.allocate(1)))
          .hasMessageContaining("interrupted");
    }
    assertThat(Files.readAllBytes(path)).containsExactly(1, 2, 3);
  }

  @Test
  void staysClosedOnceClosed() throws IOException {
    LocalImageTarget target = LocalImageTarget.open(file(1));
    target.close();
    assertThatThrownBy(() -> target.write(0, new byte[1], 0, 1))
        .isInstanceOf(ClosedChannelException.class);
  }
}
