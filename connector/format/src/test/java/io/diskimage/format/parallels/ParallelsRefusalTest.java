package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows of parallels.md section 2 and its extension errors, each with QEMU's text. */
class ParallelsRefusalTest {
  private static final int SECTORS = 2 * ParallelsBytes.TRACKS;
  private static final byte[] END = new byte[24];

  /** Where the extension starts: behind the table's cluster and one of data. */
  private static final int EXTENSION = 2 * ParallelsBytes.CLUSTER;

  private static final int SECTION = EXTENSION + 24;

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of(new byte[64], NotAnImageException.class, 0, "Image not in Parallels format"),
        header(at -> at.u32(16, 3), NotAnImageException.class, 16, "Image not in Parallels format"),
        header(
            at -> at.u32(28, 0),
            CorruptImageException.class,
            28,
            "Invalid image: Zero sectors per track"),
        header(
            at -> at.u32(28, 4186128),
            CorruptImageException.class,
            28,
            "Invalid image: Too big cluster"),
        header(at -> at.u32(32, 0x20000000), CorruptImageException.class, 32, "Catalog too large"));
  }

  /** What 7.2 opens or refuses by another row, so that there is nothing to compare with. */
  static Stream<Arguments> refusalsOfToday() {
    byte[] full = ParallelsBytes.bitmap(SECTORS, 1, 1);
    ImagePatch.littleEndian(full).u32(16, ParallelsBytes.CLUSTER - 24 - 24 - 8);
    return Stream.of(
        header(
            at -> at.u64(56, Long.MAX_VALUE / 512),
            CorruptImageException.class,
            56,
            "Invalid image: Too big offset"),
        header(
            at -> at.u64(56, -1), CorruptImageException.class, 56, "Invalid image: Too big offset"),
        header(
            at -> at.u64(36, SECTORS + 1),
            CorruptImageException.class,
            36,
            "Invalid image: Catalog size too small for advertised disk size"),
        header(
            at -> at.u64(36, -1),
            CorruptImageException.class,
            36,
            "Invalid image: Catalog size too small for advertised disk size"),
        header(
            at -> at.u64(56, EXTENSION / 512 - ParallelsBytes.TRACKS + 1),
            TruncatedImageException.class,
            56,
            "Invalid image: Format Extension is outside the image file"),
        header(
            at -> at.u64(56, Long.MAX_VALUE / 512 - 1),
            TruncatedImageException.class,
            56,
            "Invalid image: Format Extension is outside the image file"),
        extension(
            SECTION + 24 + 24,
            "Invalid bitmap granularity 1536, expected a power of two of at least 512 bytes",
            ParallelsBytes.bitmap(SECTORS, 3, 1)),
        extension(
            SECTION + 24 + 24,
            "Invalid bitmap granularity 0, expected a power of two of at least 512 bytes",
            ParallelsBytes.bitmap(SECTORS, 1 << 23, 1)),
        extension(
            EXTENSION + ParallelsBytes.CLUSTER - 8,
            "Can not read feature header, as remaining bytes (8) in Format Extension is less than"
                + " Feature header size (24)",
            full));
  }

  static Stream<Arguments> extensionRefusals() {
    byte[] tooSmall = ParallelsBytes.section(0x20385fae252cb34aL, 0, new byte[31]);
    byte[] tooLong = ParallelsBytes.section(0x20385fae252cb34aL, 0, new byte[32]);
    ImagePatch.littleEndian(tooLong).u32(16, ParallelsBytes.CLUSTER);
    byte[] tableTooLong = ParallelsBytes.bitmap(SECTORS, 1, 1);
    ImagePatch.littleEndian(tableTooLong).u32(24 + 28, 100);
    byte[] noSum = withSections(END);
    noSum[noSum.length - 1] = 1;
    byte[] noMagic = withSections(END);
    noMagic[EXTENSION] = 0;
    return Stream.of(
        Arguments.of(
            noMagic,
            CorruptImageException.class,
            EXTENSION,
            "Wrong parallels Format Extension magic: 0xab234cef23dcea00,"
                + " expected: 0xab234cef23dcea87"),
        Arguments.of(
            noSum,
            CorruptImageException.class,
            EXTENSION + 8,
            "Wrong checksum in Format Extension header. Format extension is corrupted."),
        extension(SECTION + 16, "Feature data_size exceedes Format Extension cluster", tooLong),
        extension(
            SECTION + 16,
            "Too small Bitmap Feature area in Parallels Format Extension: 31 bytes, expected at"
                + " least 32 bytes",
            tooSmall),
        extension(
            SECTION + 24,
            "Bitmap size (in sectors) 125 differs from disk size in sectors 126",
            ParallelsBytes.bitmap(SECTORS - 1, 1, 1)),
        extension(
            SECTION + 24 + 28,
            "Bitmaps feature corrupted: l1 table exceeds extension data_size",
            tableTooLong),
        extension(
            SECTION + 24 + 28,
            "Bitmap table size 2 does not correspond to bitmap size and cluster size. Expected 1",
            ParallelsBytes.bitmap(SECTORS, 1, 2)));
  }

  private static Arguments header(
      Consumer<ImagePatch> change,
      Class<? extends ImageException> type,
      long hostOffset,
      String text) {
    byte[] file = image();
    change.accept(ImagePatch.littleEndian(file));
    return Arguments.of(file, type, hostOffset, text);
  }

  private static Arguments extension(long hostOffset, String text, byte[] section) {
    return Arguments.of(withSections(section, END), CorruptImageException.class, hostOffset, text);
  }

  private static byte[] withSections(byte[]... sections) {
    return ParallelsBytes.withExtension(image(), sections);
  }

  private static byte[] image() {
    return ParallelsBytes.image(2, SECTORS, ParallelsBytes.TRACKS, 0, ParallelsBytes.NONE);
  }

  @ParameterizedTest
  @MethodSource({"refusals", "refusalsOfToday", "extensionRefusals"})
  void refusesWithTheTextOfQemu(
      byte[] file, Class<? extends ImageException> type, long hostOffset, String text) {
    for (Purpose purpose : Purpose.values()) {
      assertThatThrownBy(
              () ->
                  new ParallelsFormat()
                      .open(new BytesImageInput("disk.hdd", file), OpenOptions.of(purpose)))
          .isInstanceOfSatisfying(
              type,
              refused -> {
                assertThat(refused.detail()).isEqualTo(text);
                assertThat(refused.hostOffset()).isEqualTo(hostOffset);
                assertThat(refused.location()).isEqualTo("disk.hdd");
              });
    }
  }

  @ParameterizedTest
  @MethodSource({"refusals", "extensionRefusals"})
  void qemuRefusesWithTheSameText(
      byte[] file,
      Class<? extends ImageException> type,
      long hostOffset,
      String text,
      @TempDir Path folder)
      throws IOException {
    QemuImg.requireOrSkip();
    Path image = Files.write(folder.resolve("disk.hdd"), file);
    QemuImg.Outcome outcome = QemuImg.outcome("info", "-f", "parallels", image.toString());
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output()).contains(text);
  }

  @Test
  void anExtensionCutByTheEndOfTheFileIsOutsideIt() {
    byte[] file = withSections(END);
    byte[] cut = Arrays.copyOf(file, file.length - 512);
    assertThatThrownBy(
            () ->
                new ParallelsFormat()
                    .open(new BytesImageInput("disk.hdd", cut), OpenOptions.of(Purpose.READ)))
        .isInstanceOf(TruncatedImageException.class);
  }
}
