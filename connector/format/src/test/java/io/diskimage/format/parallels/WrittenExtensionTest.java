package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.MemoryTarget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a format extension when its image is written (parallels.md section 5.5). */
class WrittenExtensionTest {
  private static final long SEED = ImageMatrix.seed();
  private static final int IMAGES = 30;
  private static final long UNKNOWN = 0x1234_5678_9abc_def0L;
  private static final byte[] CONTENT = {1, 2, 3, 4, 5, 6, 7, 8, 9};

  private final ParallelsFormat format = new ParallelsFormat();

  private static MemoryTarget empty(long sectors, String cluster) throws IOException {
    MemoryTarget file = new MemoryTarget();
    new ParallelsCreator(file, CreateOptions.ofSize(sectors * 512).with("cluster_size", cluster))
        .create();
    return file;
  }

  /** Pages are few, so that changed ones are written long before closing. */
  private WritableDiskImage open(ImageTarget file) throws IOException {
    OpenOptions options =
        OpenOptions.of(Purpose.WRITE)
            .withFormatOptions(Map.of("prealloc-size", "64k"))
            .withLimits(Limits.DEFAULT.withTables(4096, 8192));
    return format.openForWriting(file, WriteOptions.DEFAULT.withOpen(options));
  }

  private static byte[] bytes(ImageTarget file) throws IOException {
    byte[] bytes = new byte[(int) file.length()];
    file.readPadded(0, bytes, 0, bytes.length);
    return bytes;
  }

  /** The sections of the extension that the header names. */
  private static byte[] sections(ImageTarget file) throws IOException {
    ParallelsHeader header = ExtensionBytes.header(file);
    assertThat(header.extOff()).isPositive();
    byte[] sections = new byte[(int) header.clusterBytes() - 24];
    file.readPadded(header.extOff() * 512 + 24, sections, 0, sections.length);
    return sections;
  }

  private static void change(WritableDiskImage image, List<ModelledBitmap> bitmaps, Random random)
      throws IOException {
    long size = image.virtualSize();
    for (int i = random.nextInt(12); i >= 0; i--) {
      long from = random.nextLong(size);
      int length = (int) Math.min(size - from, 1L + random.nextInt(1 << random.nextInt(21)));
      switch (random.nextInt(4)) {
        case 0 -> image.discard(from, length);
        case 1 -> image.writeZeroes(from, length, random.nextBoolean());
        default -> image.write(from, new byte[length], 0, length);
      }
      bitmaps.forEach(each -> each.mark(from, length));
      if (random.nextInt(4) == 0) {
        image.flush();
      }
    }
  }

  @Test
  void recordsWhatIsWrittenInEveryBitmap(@TempDir Path directory) throws IOException {
    System.out.println("written bitmaps: -Ddiskimage.seed=" + SEED);
    for (int i = 0; i < IMAGES; i++) {
      Random random = new Random(SEED * 31L + i);
      long sectors = 1L + random.nextInt(30_000);
      String cluster = List.of("512", "1536", "8k", "64k").get(random.nextInt(4));
      MemoryTarget file = empty(sectors, cluster);
      if (random.nextBoolean()) {
        try (WritableDiskImage image = open(file.copy())) {
          change(image, List.of(), random);
        }
      }
      List<ModelledBitmap> bitmaps = new ArrayList<>();
      ExtensionBytes extension = new ExtensionBytes(file, random);
      for (int granularity : new int[] {1, 8, 128}) {
        bitmaps.add(ModelledBitmap.random(sectors, granularity, random));
        extension.with(bitmaps.get(bitmaps.size() - 1), 0);
      }
      extension.store();
      for (int session = 0; session < 2; session++) {
        try (WritableDiskImage image = open(file)) {
          change(image, bitmaps, random);
          assertThat(image.bitmaps(new IoCounters())).as("in the file by now").isEmpty();
        }
        try (DiskImage image = format.open(file.copy(), OpenOptions.of(Purpose.READ))) {
          for (ModelledBitmap bitmap : bitmaps) {
            bitmap.requireIn(image);
          }
        }
      }
      if (i < 3 && QemuImg.available()) {
        requireForQemu(bitmaps, file, directory.resolve(i + ".hds"));
      }
    }
  }

  private static void requireForQemu(List<ModelledBitmap> bitmaps, MemoryTarget file, Path image)
      throws IOException {
    file.writeTo(image);
    for (ModelledBitmap bitmap : bitmaps) {
      long dirty =
          QemuImg.dirtyRuns("parallels", image, bitmap.id().toString()).stream()
              .filter(QemuImg.DirtyRun::dirty)
              .mapToLong(QemuImg.DirtyRun::length)
              .sum();
      long bytes = bitmap.granularity() * 512L;
      long behind = bitmap.bits().get(bitmap.count() - 1) ? bitmap.count() * bytes : 0;
      long cut = Math.max(0, behind - bitmap.sectors() * 512);
      assertThat(dirty).isEqualTo(bitmap.bits().cardinality() * bytes - cut);
    }
  }

  @Test
  void keepsTheExtensionOfAnImageThatIsNotChanged() throws IOException {
    Random random = new Random(7);
    MemoryTarget file = empty(500, "512");
    ModelledBitmap bitmap = ModelledBitmap.random(500, 1, random);
    new ExtensionBytes(file, random).with(UNKNOWN, 0, CONTENT).with(bitmap, 0).store();
    byte[] before = bytes(file);
    try (WritableDiskImage image = open(file)) {
      image.write(100, CONTENT, 0, 0);
      image.flush();
    }
    assertThat(bytes(file)).isEqualTo(before);
  }

  @Test
  void namesNoExtensionFromTheFirstChangeToClosing() throws IOException {
    Random random = new Random(8);
    MemoryTarget file = empty(500, "512");
    ModelledBitmap bitmap = ModelledBitmap.random(500, 1, random);
    new ExtensionBytes(file, random).with(bitmap, 0).store();
    long named = ExtensionBytes.header(file).extOff();
    try (WritableDiskImage image = open(file)) {
      assertThat(ExtensionBytes.header(file).extOff()).isEqualTo(named);
      bitmap.requireIn(image);
      image.write(1024, CONTENT, 0, CONTENT.length);
      assertThat(ExtensionBytes.header(file).extOff()).isZero();
    }
    assertThat(ExtensionBytes.header(file).extOff()).isEqualTo(named);
    bitmap.mark(1024, CONTENT.length);
    try (DiskImage image = format.open(file, OpenOptions.of(Purpose.READ))) {
      bitmap.requireIn(image);
    }
  }

  @Test
  void copiesUnknownSectionsThatAreInTransitAndLeavesOthersOut() throws IOException {
    Random random = new Random(9);
    MemoryTarget file = empty(500, "1k");
    ModelledBitmap first = ModelledBitmap.clean(500, 4, random);
    ModelledBitmap second = ModelledBitmap.clean(500, 1, random);
    first.mark(0, 7);
    second.mark(0, 7);
    new ExtensionBytes(file, random)
        .with(UNKNOWN, 0, CONTENT)
        .with(first, 0)
        .with(UNKNOWN + 1, ExtensionSection.TRANSIT, CONTENT)
        .with(UNKNOWN + 2, 0, new byte[0])
        .with(UNKNOWN, ExtensionSection.TRANSIT, new byte[0])
        .with(second, ExtensionSection.NECESSARY)
        .with(UNKNOWN, 0, CONTENT)
        .store();
    byte[] before = sections(file);
    try (WritableDiskImage image = open(file)) {
      // These bits are set already, so that the sections of the bitmaps stay as they are.
      image.write(0, CONTENT, 0, 7);
    }
    byte[] after = sections(file);
    byte[] kept = new byte[before.length];
    // The sections have 40, 64, 40, 24, 24, 64 and 40 bytes.
    System.arraycopy(before, 40, kept, 0, 64 + 40);
    System.arraycopy(before, 40 + 64 + 40 + 24, kept, 64 + 40, 24 + 64);
    assertThat(after).isEqualTo(kept);
    ParallelsHeader header = ExtensionBytes.header(file);
    byte[] digest = new byte[16];
    file.readPadded(header.extOff() * 512 + 8, digest, 0, digest.length);
    assertThat(digest).isEqualTo(FormatExtension.digest(file, header, new IoCounters()));
  }

  @Test
  void recordsInBitmapsThatMoved() throws IOException {
    Random random = new Random(10);
    MemoryTarget file = empty(9000, "512");
    ModelledBitmap bitmap = ModelledBitmap.random(9000, 1, random);
    new ExtensionBytes(file, random).with(UNKNOWN, 0, CONTENT).with(bitmap, 0).store();
    try (WritableDiskImage image = open(file)) {
      change(image, List.of(bitmap), random);
    }
    try (DiskImage image = format.open(file, OpenOptions.of(Purpose.READ))) {
      bitmap.requireIn(image);
    }
  }

  /** The flag that such a section is necessary, and flags that nobody knows. */
  @ParameterizedTest
  @ValueSource(longs = {1, 3, 4, 1L << 63})
  void refusesImagesWithSectionsThatForbidChanges(long flags) throws IOException {
    MemoryTarget file = empty(500, "512");
    new ExtensionBytes(file, new Random(1)).with(UNKNOWN, flags, CONTENT).store();
    byte[] before = bytes(file);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("Unknown feature: 0x123456789abcdef0");
    assertThat(bytes(file)).isEqualTo(before);
  }

  /** A cluster of the header, one of the disk, the extension's own, and one behind the file. */
  @ParameterizedTest
  @ValueSource(longs = {2, 5, 6, 7, -1L})
  void refusesBitsInClustersOfOthers(long sector) throws IOException {
    MemoryTarget file = empty(500, "512");
    try (WritableDiskImage image = open(file)) {
      image.write(0, CONTENT, 0, CONTENT.length);
    }
    assertThat(file.length()).isEqualTo(6 * 512);
    ExtensionBytes extension = new ExtensionBytes(file, new Random(2));
    byte[] section = ParallelsBytes.bitmap(500, 1, 1);
    byte[] content = Arrays.copyOfRange(section, 24, section.length);
    Bytes.putU64le(content, 32, sector);
    extension.with(ExtensionBytes.BITMAP, 0, content).store();
    byte[] before = bytes(file);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("Could not repair corrupted image");
    assertThat(bytes(file)).isEqualTo(before);
  }

  /** Of a disk of 8 TiB, whose bitmap has 2 GiB. */
  @Test
  void recordsChangesOfWholeDisksWithoutStoringBits() throws IOException {
    long sectors = 1L << 34;
    MemoryTarget file = empty(sectors, "2M");
    byte[] section = ParallelsBytes.bitmap(sectors, 1, 1024);
    byte[] content = Arrays.copyOfRange(section, 24, section.length);
    new ExtensionBytes(file, new Random(3)).with(ExtensionBytes.BITMAP, 0, content).store();
    long length = file.length();
    try (WritableDiskImage image = open(file)) {
      image.discard(512, (sectors - 1) * 512);
    }
    assertThat(file.length()).isEqualTo(length + (2 << 20));
    try (DiskImage image = format.open(file, OpenOptions.of(Purpose.READ))) {
      String name = image.bitmaps(new IoCounters()).get(0).name();
      assertThat(image.dirtyRanges(name, 0, sectors * 512, new IoCounters()).dirtyBytes())
          .isEqualTo((sectors - 1) * 512);
    }
  }
}
