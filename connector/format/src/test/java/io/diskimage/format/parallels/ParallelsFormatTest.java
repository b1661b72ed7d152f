package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.BitmapNotFoundException;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageFormatContract;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SampleImage;
import io.diskimage.format.UnreadableImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParallelsFormatTest extends ImageFormatContract {
  private static final int NONE = ParallelsBytes.NONE;
  private static final int TRACKS = ParallelsBytes.TRACKS;
  private static final int[] MIXED = {3, 4, NONE, NONE, 0, 2, 1, NONE};
  private static final int SECTORS = 7 * TRACKS + 5;
  private static final byte[] END = new byte[24];

  @Override
  protected String formatName() {
    return "parallels";
  }

  @Override
  protected List<SampleImage> samples() {
    byte[] guest = ParallelsBytes.guest(SECTORS, MIXED);
    byte[] second = ParallelsBytes.image(2, SECTORS, TRACKS, MIXED);
    return List.of(
        new SampleImage("version 2", "disk.hdd", second, guest),
        new SampleImage("version 1", "x", ParallelsBytes.image(1, SECTORS, 0, MIXED), guest),
        new SampleImage(
            "version 1 with data_off", "x", ParallelsBytes.image(1, SECTORS, 10, MIXED), guest),
        new SampleImage(
            "with bitmaps",
            "x",
            ParallelsBytes.withExtension(
                second,
                ParallelsBytes.bitmap(SECTORS, 1, 1),
                ParallelsBytes.bitmap(SECTORS, 128, 1),
                END),
            guest));
  }

  @Override
  protected List<UnreadableImage> unreadable() {
    byte[] image = ParallelsBytes.image(2, SECTORS, TRACKS, MIXED);
    return List.of(
        new UnreadableImage(
            "unknown section",
            ParallelsBytes.withExtension(
                image, ParallelsBytes.section(0xabcd, 0, new byte[5]), END),
            "Unknown feature: 0xabcd"),
        new UnreadableImage(
            "necessary section",
            ParallelsBytes.withExtension(
                image, ParallelsBytes.section(0x20385fae252cb34aL, 1, new byte[40]), END),
            "Flags for extension feature are unsupported"));
  }

  @Override
  protected void sign(byte[] file) {
    if (ParallelsBytes.hasExtension(file)) {
      ParallelsBytes.sign(file);
    }
  }

  @Override
  protected HeaderSpan headerSpan(byte[] file) {
    return new HeaderSpan(64 + 4 * MIXED.length, 0);
  }

  @Test
  void everyValueInTheExtensionIsBoundedOrRefused() {
    byte[] file = samples().get(3).file();
    int start = file.length - ParallelsBytes.CLUSTER;
    mutate(file, start, start + 300);
  }

  @Test
  void describesEveryHeaderField() throws IOException {
    byte[] file = ParallelsBytes.image(2, SECTORS, TRACKS, MIXED);
    ImagePatch.littleEndian(file).u32(44, 0x746f6e59).u32(52, 3);
    try (DiskImage image = open(file, Purpose.INFO)) {
      ImageInfo info = image.info();
      assertThat(info.formatVersion()).isEqualTo("2");
      assertThat(info.clusterSize()).isEqualTo(ParallelsBytes.CLUSTER);
      assertThat(info.dirty()).isTrue();
      assertThat(info.bitmapCount()).isZero();
      assertThat(info.snapshotCount()).isNull();
      assertThat(info.imageId()).isNull();
      assertThat(info.features()).containsExactly("empty", "conversion in progress");
      assertThat(info.header())
          .containsEntry("magic", "WithouFreSpacExt")
          .containsEntry("version", "2")
          .containsEntry("heads", "16")
          .containsEntry("cylinders", "77")
          .containsEntry("tracks", "63")
          .containsEntry("bat_entries", "8")
          .containsEntry("nb_sectors", "446")
          .containsEntry("in_use", "1953459801")
          .containsEntry("data_off", "63")
          .containsEntry("flags", "3")
          .containsEntry("ext_off", "0");
    }
    try (DiskImage image = open(samples().get(3).file(), Purpose.INFO)) {
      assertThat(image.info().bitmapCount()).isEqualTo(2);
      assertThat(image.info().dirty()).isFalse();
      assertThat(image.info().features()).containsExactly("format extension", "dirty bitmaps");
    }
    try (DiskImage image = open(samples().get(1).file(), Purpose.INFO)) {
      assertThat(image.info().formatVersion()).isEqualTo("1");
    }
  }

  @Test
  void listsTheBitmapsOfTheExtension() throws IOException {
    byte[] first = ParallelsBytes.bitmap(SECTORS, 1, 1);
    // 00112233-4455-6677-8899-aabbccddeeff in canonical order, behind section header and size.
    ImagePatch.bigEndian(first).u64(32, 0x0011223344556677L).u64(40, 0x8899aabbccddeeffL);
    byte[] second = ParallelsBytes.bitmap(SECTORS, 128, 1);
    byte[] unknown = ParallelsBytes.section(0xabcd, 0, new byte[5]);
    byte[] image = ParallelsBytes.image(2, SECTORS, TRACKS, MIXED);
    BitmapInfo fine = new BitmapInfo("00112233-4455-6677-8899-aabbccddeeff", 512, null, null);
    BitmapInfo coarse = new BitmapInfo("00000000-0000-0000-0000-000000000000", 65536, null, null);

    assertThat(bitmaps(image, Limits.DEFAULT)).isEmpty();
    byte[] both = ParallelsBytes.withExtension(image, first, second, END);
    assertThat(bitmaps(both, Limits.DEFAULT)).containsExactly(fine, coarse);
    assertThat(bitmaps(both, Limits.DEFAULT.withTables(4096, 8192).withTextBytes(72))).hasSize(2);
    assertThatThrownBy(() -> bitmaps(both, Limits.DEFAULT.withTables(4096, 8192).withTextBytes(71)))
        .isInstanceOf(LimitExceededException.class);
    assertThat(
            bitmaps(
                ParallelsBytes.withExtension(image, first, unknown, second, END), Limits.DEFAULT))
        .as("what stands behind a section that is not understood is not known")
        .containsExactly(fine);
  }

  @Test
  void readsTheBitsOfABitmap() throws IOException {
    byte[] image = ParallelsBytes.image(2, SECTORS, TRACKS, MIXED);
    byte[] section = ParallelsBytes.bitmap(SECTORS, 2, 1);
    // Behind section header and fixed part: the sector of the cluster with the bits.
    ImagePatch.littleEndian(section).u64(24 + 32, image.length / 512 + TRACKS);
    byte[] file = ParallelsBytes.withExtension(image, section, END);
    int bitsAt = file.length;
    byte[] whole = Arrays.copyOf(file, file.length + ParallelsBytes.CLUSTER);
    ImagePatch.littleEndian(whole).u8(bitsAt, 0b0000_1101).u8(bitsAt + (SECTORS - 1) / 16, 0xff);
    long last = (SECTORS - 1) / 16 * 16 * 512L;
    assertThat(dirty(whole))
        .containsExactly(
            new Dirty(0, 1024), new Dirty(2048, 2048), new Dirty(last, SECTORS * 512L - last));

    ImagePatch.littleEndian(section).u64(24 + 32, 1);
    assertThat(dirty(ParallelsBytes.withExtension(image, section, END)))
        .containsExactly(new Dirty(0, SECTORS * 512L));
    ImagePatch.littleEndian(section).u64(24 + 32, 0);
    assertThat(dirty(ParallelsBytes.withExtension(image, section, END))).isEmpty();
    ImagePatch.littleEndian(section).u64(24 + 32, -1);
    byte[] far = ParallelsBytes.withExtension(image, section, END);
    assertThatThrownBy(() -> dirty(far))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("L1 entry 0xffffffffffffffff of bitmap");
  }

  private record Dirty(long offset, long length) {}

  private static List<Dirty> dirty(byte[] file) throws IOException {
    List<Dirty> dirty = new ArrayList<>();
    try (DiskImage image =
        new ParallelsFormat()
            .open(new BytesImageInput("disk.hdd", file), OpenOptions.of(Purpose.INFO))) {
      String name = image.bitmaps(new IoCounters()).get(0).name();
      assertThatThrownBy(() -> image.dirtyRanges("none", 0, 512, new IoCounters()))
          .isInstanceOf(BitmapNotFoundException.class);
      DirtyRanges ranges = image.dirtyRanges(name, 0, image.virtualSize(), new IoCounters());
      while (ranges.next()) {
        if (ranges.failure() != null) {
          throw ranges.failure();
        }
        if (ranges.isDirty()) {
          dirty.add(new Dirty(ranges.offset(), ranges.length()));
        }
      }
    }
    return dirty;
  }

  private static List<BitmapInfo> bitmaps(byte[] file, Limits limits) throws IOException {
    OpenOptions options = OpenOptions.of(Purpose.INFO).withLimits(limits);
    try (DiskImage image =
        new ParallelsFormat().open(new BytesImageInput("disk.hdd", file), options)) {
      return image.bitmaps(new IoCounters());
    }
  }

  @Test
  void versionOneCountsSectorsInThirtyTwoBits() throws IOException {
    byte[] file = ParallelsBytes.image(1, SECTORS, 0, MIXED);
    ImagePatch.littleEndian(file).u32(40, -1);
    try (DiskImage image = open(file, Purpose.READ)) {
      assertThat(image.virtualSize()).isEqualTo(SECTORS * 512);
      assertThat(image.info().header()).containsEntry("nb_sectors", "18446744069414584766");
    }
  }

  @Test
  void unallocatedClustersAreNotPresent() throws IOException {
    try (DiskImage image = open(samples().get(0).file(), Purpose.READ)) {
      ExtentCursor runs =
          image.extents(2 * ParallelsBytes.CLUSTER, SECTORS * 512, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(runs.flags()).isEqualTo(ExtentCursor.ZERO);
      assertThat(runs.length()).isEqualTo(2 * ParallelsBytes.CLUSTER);
    }
  }

  @Test
  void entriesOutsideTheDataAreaAreNotFollowed() throws IOException {
    byte[] file = ParallelsBytes.image(1, SECTORS, 10, MIXED);
    int end = file.length / 512;
    ImagePatch.littleEndian(file)
        .u32(64, 9)
        .u32(68, end - TRACKS + 1)
        .u32(72, 0xffffffffL)
        .u32(76, end - TRACKS)
        .u32(80, 10);
    try (DiskImage image = open(file, Purpose.READ)) {
      ExtentCursor runs = image.extents(0, 5 * ParallelsBytes.CLUSTER, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(runs.length()).isEqualTo(3 * ParallelsBytes.CLUSTER);
      assertThat(runs.next()).isTrue();
      assertThat(runs.hostOffset()).isEqualTo((end - TRACKS) * 512L);
      assertThat(runs.next()).isTrue();
      assertThat(runs.hostOffset()).isEqualTo(5120);
    }
  }

  @Test
  void theLastClusterMayBeCutByTheEndOfTheFile() throws IOException {
    int[] table = {0, 1};
    byte[] whole = ParallelsBytes.image(2, 2 * TRACKS, TRACKS, table);
    byte[] file = Arrays.copyOf(whole, whole.length - ParallelsBytes.CLUSTER + 100);
    byte[] expected = ParallelsBytes.guest(2 * TRACKS, table);
    Arrays.fill(expected, ParallelsBytes.CLUSTER + 100, expected.length, (byte) 0);
    try (DiskImage image = open(file, Purpose.READ);
        ImageContent content = new ImageContent(image, new IoCounters())) {
      byte[] read = new byte[expected.length];
      content.read(0, read, 0, read.length);
      assertThat(read).isEqualTo(expected);
    }
  }

  @Test
  void anImplausibleDataOffsetIsReplacedByTheLeastOne() throws IOException {
    int[] table = {0};
    for (long dataOff : new long[] {0, 1, TRACKS - 1, 2 * TRACKS + 1, 0xffffffffL}) {
      byte[] file = ParallelsBytes.image(2, TRACKS, TRACKS, table);
      ImagePatch.littleEndian(file).u32(48, dataOff);
      try (DiskImage image = open(file, Purpose.READ)) {
        ExtentCursor runs = image.extents(0, image.virtualSize(), new IoCounters());
        assertThat(runs.next()).isTrue();
        assertThat(runs.hostOffset()).as("data_off %d", dataOff).isEqualTo(TRACKS * 512L);
      }
    }
  }

  @Test
  void aTableBehindTheEndOfTheFileCostsNothing() throws IOException {
    byte[] file = new byte[64];
    System.arraycopy(ParallelsBytes.image(2, 0, TRACKS, 0), 0, file, 0, 64);
    ImagePatch.littleEndian(file).u32(32, 0x1fffffff).u32(28, 4186127).u64(36, 1L << 50);
    try (DiskImage image = open(file, Purpose.READ)) {
      IoCounters io = new IoCounters();
      assertThat(image.allocation(io).total()).isZero();
      ExtentCursor runs = image.extents(0, image.virtualSize(), io);
      long covered = 0;
      while (runs.next()) {
        covered += runs.length();
      }
      assertThat(covered).isEqualTo(1L << 59);
      assertThat(io.metadataBytes()).isZero();
    }
  }

  @Test
  void openingReadsTheHeaderOnly() throws IOException {
    OpenOptions options = OpenOptions.of(Purpose.READ);
    format().open(new BytesImageInput("x", samples().get(0).file()), options).close();
    assertThat(options.io().metadataBytes()).isEqualTo(64);
  }
}
