package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.QemuImg;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directory of persistent bitmaps (qcow2.md section 1.8). */
class BitmapsTest {
  private static final int CLUSTER_BITS = 12;
  private static final int FIXED = 24;
  private static final int IN_USE = 1;
  private static final int AUTO = 2;

  private final Qcow2Bytes bytes = Qcow2Bytes.v3(CLUSTER_BITS, 1 << 20);
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int count;

  private void add(String name, int flags, int granularityBits) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    byte[] entry = new byte[(FIXED + text.length + 7) / 8 * 8];
    ImagePatch.bigEndian(entry)
        .u64(0, 1 << CLUSTER_BITS)
        .u32(8, 1)
        .u32(12, flags)
        .u8(16, 1)
        .u8(17, granularityBits)
        .u16(18, text.length)
        .bytes(FIXED, text);
    directory.writeBytes(entry);
    count++;
  }

  private void write() {
    int at = bytes.append(directory.toByteArray());
    byte[] extension = new byte[24];
    ImagePatch.bigEndian(extension).u32(0, count).u64(8, directory.size()).u64(16, at);
    bytes
        .patch()
        .u64(88, Qcow2Header.AUTOCLEAR_BITMAPS)
        .bytes(Qcow2Bytes.EXTENSIONS_V3, Qcow2Bytes.extension(HeaderExtensions.BITMAPS, extension));
  }

  private static List<BitmapInfo> bitmaps(DiskImage image) throws IOException {
    return image.bitmaps(new IoCounters());
  }

  @Test
  void listsTheDirectory() throws IOException {
    add("nightly", AUTO, 16);
    add("wöchentlich", 0, 9);
    add("stale", IN_USE | AUTO, 31);
    write();
    try (DiskImage image = bytes.open(Purpose.READ)) {
      assertThat(bitmaps(image))
          .containsExactly(
              new BitmapInfo("nightly", 65536, true, false),
              new BitmapInfo("wöchentlich", 512, false, false),
              new BitmapInfo("stale", 1L << 31, true, true));
    }
  }

  @Test
  void bitmapsThatAreVoidAreNone() throws IOException {
    add("nightly", AUTO, 16);
    write();
    bytes.patch().u64(88, 0);
    try (DiskImage image = bytes.open(Purpose.INFO)) {
      assertThat(bitmaps(image)).isEmpty();
    }
  }

  @Test
  void anImageWithoutBitmapsReadsNothing() throws IOException {
    CountingImageInput input = new CountingImageInput(bytes.input());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.INFO)) {
      long before = input.reads();
      assertThat(bitmaps(image)).isEmpty();
      assertThat(input.reads()).isEqualTo(before);
    }
  }

  @Test
  void namesAreBoundedInSum() throws IOException {
    String name = "n".repeat(1000);
    for (int i = 0; i < 3; i++) {
      add(name + i, 0, 16);
    }
    write();
    assertThat(limited(3003)).hasSize(3);
    assertThatThrownBy(() -> limited(3002))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("3002");
  }

  private List<BitmapInfo> limited(int textBytes) throws IOException {
    OpenOptions options =
        OpenOptions.of(Purpose.INFO)
            .withLimits(Limits.DEFAULT.withTables(4096, 8192).withTextBytes(textBytes));
    try (DiskImage image = new Qcow2Format().open(bytes.input(), options)) {
      return bitmaps(image);
    }
  }

  @Test
  void theLargestDirectoryOfShortNamesIsReadByFewRequests() throws IOException {
    for (int i = 0; i < 65535; i++) {
      add(Integer.toString(i), 0, 16);
    }
    write();
    CountingImageInput input = new CountingImageInput(bytes.input());
    try (DiskImage image = Qcow2Bytes.open(input, Purpose.INFO)) {
      long before = input.reads();
      List<BitmapInfo> bitmaps = bitmaps(image);
      assertThat(bitmaps).hasSize(65535);
      assertThat(bitmaps.get(65534).name()).isEqualTo("65534");
      assertThat(input.reads() - before).isLessThan(60);
    }
  }

  @Test
  void saysWhatQemuImgSays(@TempDir Path folder) throws IOException {
    QemuImg.requireOrSkip();
    Path file = folder.resolve("bitmaps.qcow2");
    QemuImg.create("qcow2", "", file, "64M");
    QemuImg.run("bitmap", "--add", "-g", "1M", file.toString(), "coarse");
    QemuImg.run("bitmap", "--add", "-g", "512", file.toString(), "fine");
    QemuImg.run("bitmap", "--disable", file.toString(), "fine");

    try (ImageInput input = LocalImageInput.open(file);
        DiskImage image = new Qcow2Format().open(input, OpenOptions.of(Purpose.INFO))) {
      assertThat(bitmaps(image))
          .containsExactly(
              new BitmapInfo("coarse", 1 << 20, true, false),
              new BitmapInfo("fine", 512, false, false));
      assertThat(QemuImg.info("qcow2", file).at("/format-specific/data/bitmaps").toString())
          .isEqualTo(
              "[{\"flags\":[\"auto\"],\"name\":\"coarse\",\"granularity\":1048576},"
                  + "{\"flags\":[],\"name\":\"fine\",\"granularity\":512}]");
    }
  }
}
