package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a writer does to the header, and what marks in it do to a writer. */
class WrittenHeaderTest {
  private static final int CLUSTER = 65536;
  private static final int FEATURES_AT = 72;
  private static final int AUTOCLEAR_AT = 88;

  /** Of the end of the extensions of an image without a backing file. */
  private static final int END_AT = 0x1f8;

  private static final int L2_TABLE_AT = 4 * CLUSTER;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void makeImage() {
    QemuImg.requireOrSkip();
    file = directory.resolve("image");
    QemuImg.create("qcow2", "", file, "1M");
    QemuImg.io("qcow2", file, List.of("write -q -P 1 0 64k"));
  }

  private void patch(long at, long value) throws IOException {
    try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
      image.seek(at);
      image.writeLong(value);
    }
  }

  private WritableDiskImage open(LocalImageTarget target) throws IOException {
    return new Qcow2Format().openForWriting(target, WriteOptions.DEFAULT);
  }

  private void writeSomething() throws IOException {
    try (WritableDiskImage image = open(LocalImageTarget.open(file))) {
      image.write(300_000, new byte[] {1, 2, 3}, 0, 3);
    }
  }

  @Test
  void keepsWhatItDoesNotKnow() throws IOException {
    patch(END_AT, 0x12345678_0000000bL);
    patch(END_AT + 8, 0x4142434445464748L);
    patch(END_AT + 16, 0x494a4b0000000000L);
    patch(AUTOCLEAR_AT, 0x30);
    byte[] before = header();
    writeSomething();
    byte[] after = header();
    assertThat(after[AUTOCLEAR_AT + 7]).isZero();
    after[AUTOCLEAR_AT + 7] = before[AUTOCLEAR_AT + 7];
    assertThat(after).isEqualTo(before);
    assertThat(QemuImg.check(file, "qcow2").exitCode()).isZero();
  }

  private byte[] header() throws IOException {
    return Arrays.copyOf(Files.readAllBytes(file), CLUSTER);
  }

  @Test
  void changesNothingUntilSomethingIsWritten() throws IOException {
    patch(AUTOCLEAR_AT, 0x30);
    byte[] before = Files.readAllBytes(file);
    open(LocalImageTarget.open(file)).close();
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void refusesImagesThatAreMarked() throws IOException {
    patch(FEATURES_AT, Qcow2Header.INCOMPATIBLE_CORRUPT);
    try (LocalImageTarget target = LocalImageTarget.open(file)) {
      assertThatThrownBy(() -> open(target))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("Image is corrupt; cannot be opened read/write");
    }
    patch(FEATURES_AT, Qcow2Header.INCOMPATIBLE_DIRTY);
    try (LocalImageTarget target = LocalImageTarget.open(file)) {
      assertThatThrownBy(() -> open(target))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("Could not repair dirty image")
          .hasMessageContaining("qemu-img check -r all");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, refcount table",
    "2, refcount block",
    "3, active L1 table",
    "8, active L2 table",
    "6, inactive L1 table",
    "7, snapshot table"
  })
  void marksAnImageWhoseDataLieOnMetadata(int cluster, String area) throws IOException {
    QemuImg.run("snapshot", "-c", "a", file.toString());
    QemuImg.io("qcow2", file, List.of("write -q -P 2 0 64k"));
    patch(8L * CLUSTER, 1L << 63 | (long) cluster * CLUSTER);
    byte[] before = Files.readAllBytes(file);
    try (WritableDiskImage image = open(LocalImageTarget.open(file))) {
      assertThatThrownBy(() -> image.write(0, new byte[512], 0, 512))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining(
              "Preventing invalid write on metadata (overlaps with " + area + ")");
      assertThatThrownBy(() -> image.write(500_000, new byte[512], 0, 512))
          .isInstanceOf(IOException.class);
    }
    before[FEATURES_AT + 7] = (byte) Qcow2Header.INCOMPATIBLE_CORRUPT;
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(QemuImg.run("info", file.toString())).contains("corrupt: true");
  }

  @ParameterizedTest
  @CsvSource({"6, active L2 table", "266, refcount block"})
  void marksAnImageWhoseDataLieOnMetadataThatIsNew(int cluster, String area) throws IOException {
    QemuImg.create("qcow2", "cluster_size=512", file, "1M");
    QemuImg.io("qcow2", file, List.of("write -q -P 1 0 512"));
    patch(4 * 512 + 8, 1L << 63 | cluster * 512L);
    try (WritableDiskImage image = open(LocalImageTarget.open(file))) {
      image.write(0, new byte[512], 0, 512);
      image.write(32 << 10, new byte[200 << 10], 0, 200 << 10);
      assertThatThrownBy(() -> image.write(512, new byte[512], 0, 512))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("(overlaps with " + area + ")");
    }
  }

  @Test
  void marksAnImageWhoseEntriesAreUnaligned() throws IOException {
    patch(L2_TABLE_AT, 1L << 63 | (5 * CLUSTER + 512));
    try (WritableDiskImage image = open(LocalImageTarget.open(file))) {
      assertThatThrownBy(() -> image.write(0, new byte[512], 0, 512))
          .hasMessageContaining("Data cluster offset 0x50200 unaligned (guest offset: 0x0)");
    }
    assertThat(QemuImg.run("info", file.toString())).contains("corrupt: true");
  }

  @Test
  void saysThatBitmapsAreStale() throws IOException {
    QemuImg.run("bitmap", "--add", file.toString(), "a");
    QemuImg.run("bitmap", "--add", "-g", "512", file.toString(), "b");
    writeSomething();
    try (DiskImage image =
        new Qcow2Format().open(LocalImageInput.open(file), OpenOptions.of(Purpose.READ))) {
      assertThat(image.bitmaps(new IoCounters())).hasSize(2).allMatch(BitmapInfo::inUse);
    }
    assertThat(QemuImg.check(file, "qcow2").exitCode()).isZero();
    byte[] before = Files.readAllBytes(file);
    try (WritableDiskImage image = open(LocalImageTarget.open(file))) {
      assertThatThrownBy(() -> image.resize(2 << 20, false))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("Bitmap 'a' is inconsistent and cannot be used");
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    QemuImg.Outcome theirs = QemuImg.outcome("resize", file.toString(), "2M");
    assertThat(theirs.output()).contains("Bitmap 'a' is inconsistent and cannot be used");
  }

  @Test
  void resizesDisksThatHaveBitmaps() throws IOException {
    QemuImg.run("bitmap", "--add", "-g", "512", file.toString(), "a");
    try (WritableDiskImage image = open(LocalImageTarget.open(file))) {
      image.resize(1L << 36, false);
      image.write((1L << 36) - 3, new byte[] {1, 2, 3}, 0, 3);
      image.resize(3 << 20, true);
    }
    try (DiskImage image =
        new Qcow2Format().open(LocalImageInput.open(file), OpenOptions.of(Purpose.READ))) {
      assertThat(image.virtualSize()).isEqualTo(3 << 20);
      assertThat(image.bitmaps(new IoCounters())).hasSize(1).allMatch(BitmapInfo::inUse);
    }
    assertThat(QemuImg.check(file, "qcow2").exitCode()).isZero();
    QemuImg.run("bitmap", "--remove", file.toString(), "a");
    assertThat(QemuImg.check(file, "qcow2").exitCode()).isZero();
  }
}
