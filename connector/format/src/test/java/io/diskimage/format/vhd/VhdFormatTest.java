package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageFormatContract;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SampleImage;
import io.diskimage.format.UnreadableImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VhdFormatTest extends ImageFormatContract {
  private static final int[] MIXED = {1, VhdBytes.NONE, VhdBytes.NONE, 0, 2, VhdBytes.NONE};
  private static final int ODD_SIZE = 5 * VhdBytes.BLOCK + 1536;
  private static final int FIXED_SIZE = 300 * 512;

  @Override
  protected String formatName() {
    return "vpc";
  }

  @Override
  protected List<SampleImage> samples() {
    byte[] fixed = VhdBytes.fixed(FIXED_SIZE);
    byte[] fixedGuest = ImagePatch.content(1, FIXED_SIZE);
    return List.of(
        new SampleImage(
            "dynamic",
            "no name",
            VhdBytes.dynamic(VhdBytes.DYNAMIC, ODD_SIZE, MIXED),
            VhdBytes.guest(ODD_SIZE, MIXED)),
        new SampleImage("fixed", "disk.VHD", fixed, fixedGuest),
        new SampleImage(
            "fixed with a footer of 511 bytes",
            "disk.vpc",
            Arrays.copyOf(fixed, fixed.length - 1),
            fixedGuest),
        passThrough());
  }

  /** Fixed by its footer, which stands at the start: the file is the disk from byte 0 on. */
  private static SampleImage passThrough() {
    byte[] file = VhdBytes.dynamic(VhdBytes.FIXED, ODD_SIZE, MIXED);
    ImagePatch.bigEndian(file).u64(16, 512);
    VhdBytes.sign(file);
    return new SampleImage(
        "fixed with a dynamic header", "disk", file, Arrays.copyOf(file, ODD_SIZE));
  }

  @Override
  protected List<UnreadableImage> unreadable() {
    return List.of(
        new UnreadableImage("differencing without bitmaps", smallBlocks(), "no sector bitmaps"),
        new UnreadableImage("encrypted", encrypted(), "encrypted by XenServer"));
  }

  private static byte[] smallBlocks() {
    byte[] file = VhdBytes.dynamic(VhdBytes.DIFFERENCING, 4 * 2048, VhdBytes.NONE);
    ImagePatch.bigEndian(file).u32(512 + 28, 4).u32(512 + 32, 2048).u64(VhdBytes.TABLE_AT, -1);
    ImagePatch.bigEndian(file).u64(VhdBytes.TABLE_AT + 8, -1);
    VhdBytes.sign(file);
    return file;
  }

  /** The flag in front of the hash of the key (vhd.md section 9.3). */
  private static byte[] encrypted() {
    byte[] file = VhdBytes.dynamic(VhdBytes.DYNAMIC, ODD_SIZE, MIXED);
    VhdBytes.withBatmap(file, 0x10003);
    ImagePatch.bigEndian(file).u8(VhdBytes.TABLE_AT + 512 + 29, 1);
    return file;
  }

  @Test
  void disksOfXenServerSayWhetherTheyAreEncrypted() throws IOException {
    byte[] plain = VhdBytes.dynamic(VhdBytes.DYNAMIC, ODD_SIZE, MIXED);
    assertThat(info(plain).encrypted()).isNull();
    assertThat(info(VhdBytes.withBatmap(plain, 0x10003)).encrypted()).isFalse();
    assertThat(info(encrypted()).encrypted()).isTrue();
    assertThat(info(encrypted()).features()).containsExactly("dynamic", "encrypted");
    // The first version had no batmap, and what stands in its place is no flag.
    byte[] first = encrypted();
    ImagePatch.bigEndian(first).u32(32, 1);
    VhdBytes.sign(first);
    assertThat(info(first).encrypted()).isNull();
    byte[] noBatmap = encrypted();
    ImagePatch.bigEndian(noBatmap).u8(VhdBytes.TABLE_AT + 512, 0);
    assertThat(info(noBatmap).encrypted()).isFalse();
    open(noBatmap, Purpose.READ).close();
  }

  private ImageInfo info(byte[] file) throws IOException {
    try (DiskImage image = open(file, Purpose.INFO)) {
      return image.info();
    }
  }

  @Test
  void everyFieldOfAChildIsBoundedOrRefused() {
    byte[] child =
        new VhdLayer(VhdBytes.DIFFERENCING, ODD_SIZE, VhdBytes.BLOCK)
            .parentName("parent.vhd")
            .locator("W2ru", ".\\parent.vhd")
            .locator("MacX", "file://./parent.vhd")
            .write(1024, ImagePatch.content(1, 1024))
            .file(new Random(1));
    mutate(child, 0, 1600);
    // The bitmap behind table and texts.
    mutate(child, 3072, 3072 + 16);
  }

  @Override
  protected void sign(byte[] file) {
    if (file[0] == 'c') {
      VhdBytes.sign(file);
    } else {
      VhdBytes.signTail(file);
    }
  }

  @Override
  protected HeaderSpan headerSpan(byte[] file) {
    return file[0] == 'c' ? new HeaderSpan(1600, 0) : new HeaderSpan(0, 512);
  }

  @Test
  void aFixedDiskIsKnownByItsWholeFooterOrItsNameAndCookie() throws IOException {
    byte[] file = VhdBytes.fixed(FIXED_SIZE);
    assertThat(detect("disk", file, true)).isEqualTo("vpc");
    assertThat(detect("disk.img", file, true)).isEqualTo("vpc");
    assertThat(detect("disk.img", file, false)).isEqualTo("raw");
    byte[] wrongSum = file.clone();
    wrongSum[wrongSum.length - 1] ^= 1;
    byte[] dynamicType = file.clone();
    ImagePatch.bigEndian(dynamicType).u32(file.length - 512 + 60, 3);
    VhdBytes.signTail(dynamicType);
    for (byte[] other : List.of(wrongSum, dynamicType)) {
      assertThatThrownBy(() -> detect("disk", other, true)).isInstanceOf(NotAnImageException.class);
      assertThat(detect("disk.vhd", other, false)).isEqualTo("vpc");
    }
    assertThatThrownBy(() -> detect("disk.vhd", new byte[512], false))
        .isInstanceOf(NotAnImageException.class);
  }

  private static String detect(String name, byte[] file, boolean probeTail) throws IOException {
    return ImageFormats.detect(
            new BytesImageInput("/vm/" + name, file), probeTail, new IoCounters())
        .name();
  }

  @Test
  void describesEveryHeaderField() throws IOException {
    try (DiskImage image =
        open(VhdBytes.dynamic(VhdBytes.DIFFERENCING, ODD_SIZE, MIXED), Purpose.INFO)) {
      ImageInfo info = image.info();
      assertThat(info.formatVersion()).isEqualTo("1.0");
      assertThat(info.clusterSize()).isEqualTo(VhdBytes.BLOCK);
      assertThat(info.imageId()).isEqualTo("00112233-4455-6677-8899-aabbccddeeff");
      assertThat(info.parentId()).isEqualTo("01234567-89ab-cdef-0f1e-2d3c4b5a6978");
      assertThat(info.backingFile()).isNull();
      assertThat(info.snapshotCount()).isNull();
      assertThat(info.features()).containsExactly("differencing");
      assertThat(info.header())
          .containsEntry("features", "2")
          .containsEntry("data_offset", "512")
          .containsEntry("creator_application", "win ")
          .containsEntry("creator_host_os", "Wi2k")
          .containsEntry("current_size", String.valueOf(ODD_SIZE))
          .containsEntry("cylinders", "65535")
          .containsEntry("disk_type", "4")
          .containsEntry("dynamic_data_offset", "18446744073709551615")
          .containsEntry("table_offset", "1536")
          .containsEntry("max_table_entries", "6")
          .containsEntry("parent_timestamp", "1234")
          .containsEntry("parent_name", "parent.vhd")
          .containsEntry("parent_locator_0_platform_code", "W2ru")
          .containsEntry("parent_locator_0_offset", "2048")
          .doesNotContainKey("parent_locator_1_platform_code");
      assertThat(image.allocation(new IoCounters()).total()).isEqualTo(3L * VhdBytes.BLOCK);
    }
  }

  @Test
  void aFixedDiskHasNoCluster() throws IOException {
    byte[] file = VhdBytes.fixed(FIXED_SIZE);
    ImagePatch.bigEndian(file)
        .u32(FIXED_SIZE + 8, 3)
        .u32(FIXED_SIZE + 28, 0x64327600)
        .u8(FIXED_SIZE + 84, 1);
    VhdBytes.signTail(file);
    try (DiskImage image = open(file, Purpose.INFO)) {
      assertThat(image.info().clusterSize()).isNull();
      assertThat(image.clusterSize()).isEqualTo(65536);
      assertThat(image.info().features()).containsExactly("fixed", "saved state", "temporary disk");
      assertThat(image.info().header())
          .containsEntry("creator_application", "d2v\\0")
          .doesNotContainKey("table_offset");
    }
  }

  @Test
  void unallocatedBlocksArePresentAsQemuSaysTheyAre() throws IOException {
    try (DiskImage image = open(samples().get(0).file(), Purpose.READ)) {
      ExtentCursor runs = image.extents(VhdBytes.BLOCK, ODD_SIZE, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.length()).isEqualTo(2 * VhdBytes.BLOCK);
      assertThat(runs.flags()).isEqualTo(ExtentCursor.ZERO | ExtentCursor.ALLOCATED);
    }
  }

  @Test
  void theTableIsCheckedWithoutReadingBehindIt() throws IOException {
    CountingImageInput input =
        new CountingImageInput(new BytesImageInput("x", samples().get(0).file()));
    format().open(input, OpenOptions.of(Purpose.READ)).close();
    assertThat(input.end()).isEqualTo(VhdBytes.TABLE_AT + 4 * MIXED.length);
  }

  @Test
  void aTableThatNoCacheKeepsIsWalkedThroughOneBuffer(@TempDir Path folder) throws IOException {
    int entries = 16 << 20;
    byte[] head = VhdBytes.dynamic(VhdBytes.DYNAMIC, 512L * entries, MIXED);
    ImagePatch.bigEndian(head).u32(512 + 28, entries).u32(512 + 32, 512);
    VhdBytes.sign(head);
    Path image = folder.resolve("disk.vhd");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.write(head, 0, 1536);
      file.setLength(1536 + 4L * entries);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (LocalImageInput input = LocalImageInput.open(image)) {
      long before = threads.getCurrentThreadAllocatedBytes();
      format().open(input, OpenOptions.of(Purpose.READ)).close();
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2 << 20);
    }
  }
}
