package io.diskimage.format.vdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormatContract;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SampleImage;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnreadableImage;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class VdiFormatTest extends ImageFormatContract {
  private static final int[] MIXED = {1, VdiBytes.NONE, 0, VdiBytes.DISCARDED, 2};
  private static final int ODD_SIZE = 4 * VdiBytes.MIB + 1536;

  @Override
  protected String formatName() {
    return "vdi";
  }

  @Override
  protected List<SampleImage> samples() {
    return List.of(
        new SampleImage(
            "dynamic",
            "disk.vdi",
            VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED),
            VdiBytes.guest(ODD_SIZE, MIXED)),
        new SampleImage(
            "static",
            "no name",
            VdiBytes.image(VdiBytes.STATIC, 2 * VdiBytes.MIB, 0, 1),
            VdiBytes.guest(2 * VdiBytes.MIB, 0, 1)));
  }

  @Override
  protected List<UnreadableImage> unreadable() {
    return List.of(
        new UnreadableImage(
            "dynamic with a link UUID",
            patched(at -> at.u8(0x1a8 + 15, 1)),
            "(non-NULL link UUID): type 1 has no parent"),
        new UnreadableImage(
            "static with a link UUID",
            patched(at -> at.u8(0x1a8, 1).u32(0x4c, 2)),
            "(non-NULL link UUID): type 2 has no parent"),
        new UnreadableImage(
            "parent UUID",
            patched(at -> at.u8(0x1b8, 1)),
            "(non-NULL parent UUID): differencing VDI that does not name its parent"),
        new UnreadableImage(
            "differencing with a parent UUID alone",
            patched(at -> at.u8(0x1b8, 1).u32(0x4c, 4)),
            "(non-NULL parent UUID): differencing VDI that does not name its parent"),
        new UnreadableImage("type 3", patched(at -> at.u32(0x4c, 3)), "undo"));
  }

  private static byte[] patched(Consumer<ImagePatch> change) {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    change.accept(ImagePatch.littleEndian(file));
    return file;
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refusal(
            at -> at.u64(0x170, 0x1fffff8000001L),
            CorruptImageException.class,
            0x170,
            "Unsupported VDI image size"
                + " (size is 0x1fffff8000001, max supported is 0x1fffff8000000)"),
        refusal(
            at -> at.u64(0x170, -1),
            CorruptImageException.class,
            0x170,
            "Unsupported VDI image size"
                + " (size is 0xffffffffffffffff, max supported is 0x1fffff8000000)"),
        refusal(
            at -> at.u32(0x40, 0xabc),
            NotAnImageException.class,
            0x40,
            "Image not in VDI format (bad signature 00000abc)"),
        refusal(
            at -> at.u32(0x44, 2),
            UnsupportedImageException.class,
            0x44,
            "unsupported VDI image (version 0.2)"),
        refusal(
            at -> at.u32(0x154, 0x201),
            CorruptImageException.class,
            0x154,
            "unsupported VDI image (unaligned block map offset 0x201)"),
        refusal(
            at -> at.u32(0x158, 0x3ff),
            CorruptImageException.class,
            0x158,
            "unsupported VDI image (unaligned data offset 0x3ff)"),
        refusal(
            at -> at.u32(0x168, 4096),
            CorruptImageException.class,
            0x168,
            "unsupported VDI image (sector size 4096 is not 512)"),
        refusal(
            at -> at.u32(0x178, 0xfff00000L),
            UnsupportedImageException.class,
            0x178,
            "unsupported VDI image (block size 4293918720 is not 1048576)"),
        refusal(
            at -> at.u64(0x170, 5 * VdiBytes.MIB + 1),
            CorruptImageException.class,
            0x170,
            "unsupported VDI image (disk size 5243392, image bitmap has room for 5242880)"),
        refusal(
            at -> at.u32(0x180, 0x1fffff81),
            CorruptImageException.class,
            0x180,
            "unsupported VDI image (too many blocks 536870785, max is 536870784)"));
  }

  private static Arguments refusal(
      Consumer<ImagePatch> change,
      Class<? extends ImageException> type,
      long hostOffset,
      String text) {
    return Arguments.of(patched(change), type, hostOffset, text);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWithTheTextOfQemu(
      byte[] file, Class<? extends ImageException> type, long hostOffset, String text) {
    for (Purpose purpose : Purpose.values()) {
      assertThatThrownBy(() -> open(file, purpose))
          .isInstanceOfSatisfying(
              type,
              refused -> {
                assertThat(refused.detail()).isEqualTo(text);
                assertThat(refused.hostOffset()).isEqualTo(hostOffset);
                assertThat(refused.location()).isEqualTo("/vm/image");
              });
    }
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void qemuRefusesWithTheSameText(
      byte[] file,
      Class<? extends ImageException> type,
      long hostOffset,
      String text,
      @TempDir Path folder)
      throws IOException {
    QemuImg.requireOrSkip();
    Path image = Files.write(folder.resolve("disk.vdi"), file);
    QemuImg.Outcome outcome = QemuImg.outcome("info", "-f", "vdi", image.toString());
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output()).contains(text);
  }

  @Test
  void theSizeCheckComesFirstWhateverTheFileIs() {
    assertThatThrownBy(() -> open(patched(at -> at.u32(0x40, 0).u64(0x170, -1)), Purpose.INFO))
        .isInstanceOf(NotAnImageException.class)
        .hasMessageContaining("Unsupported VDI image size");
  }

  static Stream<Arguments> dangerous() {
    return Stream.of(
        refusal(at -> at.u32(0x154, 0), CorruptImageException.class, 0x154, "in the header"),
        refusal(
            at -> at.u32(0x158, 0x200),
            CorruptImageException.class,
            0x158,
            "before the end of the block map"),
        refusal(
            at -> at.u32(0x154, 0xfffffe00L),
            TruncatedImageException.class,
            0x154,
            "outside the image file"),
        refusal(
            at -> at.u32(0x180, 0x1fffff80),
            TruncatedImageException.class,
            0x154,
            "outside the image file"));
  }

  @ParameterizedTest
  @MethodSource("dangerous")
  void whatQemuWouldReadWronglyIsDescribedButNotRead(
      byte[] file, Class<? extends ImageException> type, long hostOffset, String text)
      throws IOException {
    assertThatThrownBy(() -> open(file, Purpose.READ))
        .isInstanceOf(type)
        .hasMessageContaining(text)
        .hasMessageContaining("host offset " + hostOffset + ")");
    try (DiskImage image = open(file, Purpose.INFO)) {
      assertThat(image.info().virtualSize()).isEqualTo(ODD_SIZE);
      assertThatThrownBy(() -> image.extents(0, 512, new IoCounters())).isInstanceOf(type);
    }
  }

  @Test
  void entriesBehindTheEndOfTheFileAreNotCountedAsBlockZero() throws IOException {
    byte[] file = new byte[0x300];
    System.arraycopy(VdiBytes.image(VdiBytes.DYNAMIC, 0, 0), 0, file, 0, 0x200);
    ImagePatch.littleEndian(file)
        .u64(0x170, 4L << 40)
        .u32(0x180, 4 << 20)
        .u32(0x200, 0)
        .u32(0x204, VdiBytes.NONE);
    try (DiskImage image = open(file, Purpose.INFO)) {
      AllocationSummary summary = image.allocation(new IoCounters());
      // The file ends in the middle of a sector, whose rest reads as zeros.
      assertThat(summary.total()).isEqualTo(127L * VdiBytes.MIB);
      assertThat(summary.failure()).isInstanceOf(TruncatedImageException.class);
    }
  }

  @Test
  void describesEveryHeaderField() throws IOException {
    try (DiskImage image = open(samples().get(0).file(), Purpose.INFO)) {
      ImageInfo info = image.info();
      assertThat(info.formatVersion()).isEqualTo("1.1");
      assertThat(info.clusterSize()).isEqualTo(VdiBytes.MIB);
      assertThat(info.imageId()).isEqualTo("00112233-4455-6677-8899-aabbccddeeff");
      assertThat(info.parentId()).isNull();
      assertThat(info.snapshotCount()).isNull();
      assertThat(info.features()).containsExactly("dynamic");
      assertThat(info.header())
          .containsEntry("text", "<<< composed by a test >>>")
          .containsEntry("signature", "3201962111")
          .containsEntry("version", "65537")
          .containsEntry("description", "a comment")
          .containsEntry("offset_data", "1024")
          .containsEntry("disk_size", "4195840")
          .containsEntry("blocks_in_image", "5")
          .containsEntry("blocks_allocated", "3")
          .containsEntry("uuid_link", "00000000-0000-0000-0000-000000000000")
          .containsEntry("logical_cylinders", "65")
          .containsEntry("logical_sector_size", "512");
    }
    try (DiskImage image =
        open(
            patched(at -> at.u32(0x48, 0x180).u32(0x4c, 2).u32(0x1a8, 1).u64(0x170, 1)),
            Purpose.INFO)) {
      assertThat(image.info().parentId()).isEqualTo("00000001-0000-0000-0000-000000000000");
      assertThat(image.info().features()).containsExactly("differencing");
      assertThat(image.info().virtualSize()).isEqualTo(512);
      assertThat(image.info().header()).doesNotContainKey("logical_heads");
    }
    try (DiskImage image = open(samples().get(1).file(), Purpose.INFO)) {
      assertThat(image.info().features()).containsExactly("static");
    }
  }

  @Test
  void discardedBlocksAreZeroByTheirEntry() throws IOException {
    try (DiskImage image = open(samples().get(0).file(), Purpose.READ)) {
      ExtentCursor runs = image.extents(VdiBytes.MIB, 4 * VdiBytes.MIB, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(runs.flags()).isEqualTo(ExtentCursor.ZERO | ExtentCursor.ALLOCATED);
      assertThat(runs.next()).isTrue();
      assertThat(runs.hostOffset()).isEqualTo(VdiBytes.OFFSET_DATA);
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.ZERO);
      assertThat(runs.flags()).isEqualTo(ExtentCursor.ZERO | ExtentCursor.ALLOCATED);
    }
  }

  @Test
  void openingReadsTheHeaderOnly() throws IOException {
    OpenOptions options = OpenOptions.of(Purpose.READ);
    format().open(new BytesImageInput("x", samples().get(0).file()), options).close();
    assertThat(options.io().metadataBytes()).isEqualTo(512);
  }

  @Test
  void opensADiskWithoutBlocks() throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, 0);
    try (DiskImage image = open(file, Purpose.READ)) {
      assertThat(image.virtualSize()).isZero();
      assertThat(image.extents(0, 0, new IoCounters()).next()).isFalse();
    }
  }
}
