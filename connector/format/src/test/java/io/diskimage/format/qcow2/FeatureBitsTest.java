package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BitmapNotFoundException;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.OracleAssertions;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feature bits that do not stand against reading (qcow2.md section 1.2). */
class FeatureBitsTest {
  private static final long COMPATIBLE_AT = 80;
  private static final long AUTOCLEAR_AT = 88;

  private Path file;

  @BeforeEach
  void makeImage(@TempDir Path directory) {
    QemuImg.requireOrSkip();
    file = directory.resolve("image.qcow2");
    QemuImg.create("qcow2", "", file, "3M");
    QemuImg.run("bitmap", "--add", "-g", "64k", file.toString(), "nightly");
    QemuImg.io("qcow2", file, List.of("write -q -P 3 1M 64k", "write -q -z 2M 64k"));
  }

  private void put(long at, long value) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at);
      access.writeLong(value);
    }
  }

  private DiskImage open(Purpose purpose) throws IOException {
    return new Qcow2Format().open(LocalImageInput.open(file), OpenOptions.of(purpose));
  }

  @Test
  void unknownOnesAreIgnored() throws IOException {
    put(COMPATIBLE_AT, -2);
    put(AUTOCLEAR_AT, -1 - Qcow2Header.AUTOCLEAR_RAW_DATA_FILE);
    OracleView oracle = OracleView.of("qcow2", file);
    try (DiskImage image = open(Purpose.READ)) {
      OracleAssertions.assertSame(image, oracle, "unknown feature bits", new Random(1));
      assertThat(image.info().header())
          .containsEntry("compatible_features", "18446744073709551614")
          .containsEntry("autoclear_features", "18446744073709551613");
      assertThat(image.bitmaps(new IoCounters())).hasSize(1);
      long dirty = image.dirtyRanges("nightly", 0, 3 << 20, new IoCounters()).dirtyBytes();
      assertThat(dirty).isEqualTo(2 * 65536);
    }
  }

  /** Software that knows no bitmaps has written to the image since. */
  @Test
  void bitmapsWithoutTheirBitAreNone() throws IOException {
    OracleView oracle = OracleView.of("qcow2", file);
    put(AUTOCLEAR_AT, 0);
    try (DiskImage image = open(Purpose.READ)) {
      OracleAssertions.assertSame(image, oracle, "stale bitmaps", new Random(1));
      assertThat(image.info().bitmapCount()).isZero();
      assertThat(image.bitmaps(new IoCounters())).isEmpty();
      assertThatThrownBy(() -> image.dirtyRanges("nightly", 0, 512, new IoCounters()))
          .isInstanceOf(BitmapNotFoundException.class);
    }
  }

  @Test
  void aRawDataFileIsADataFile() throws IOException {
    put(AUTOCLEAR_AT, Qcow2Header.AUTOCLEAR_RAW_DATA_FILE);
    String refusal = "data-file-raw requires a data file";
    assertThat(QemuImg.outcome("map", "-f", "qcow2", file.toString()).output()).contains(refusal);
    assertThatThrownBy(() -> open(Purpose.READ))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining(refusal);
    open(Purpose.INFO).close();
  }
}
