package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
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

/** The rows of vhd.md section 2, each with the text that QEMU prints. */
class VhdRefusalTest {
  private static final int SIZE = 2 * VhdBytes.BLOCK;
  private static final String TRUNCATED =
      "block-vpc: free_data_block_offset points after the end of file."
          + " The image has been truncated.";

  static Stream<Arguments> refusals() {
    byte[] fixed = VhdBytes.fixed(SIZE);
    byte[] tailOfDynamic = new byte[1024];
    ImagePatch.bigEndian(tailOfDynamic).bytes(512, VhdBytes.footer(VhdBytes.DYNAMIC, "win ", SIZE));
    byte[] wrongTail = fixed.clone();
    wrongTail[wrongTail.length - 1] = 1;
    byte[] wrongHead = image(at -> {});
    wrongHead[511] = 1;
    return Stream.of(
        Arguments.of(new byte[0], NotAnImageException.class, 0, "File too small for a VHD header"),
        Arguments.of(new byte[700], NotAnImageException.class, 512, "invalid VPC image"),
        Arguments.of(tailOfDynamic, CorruptImageException.class, 572, "invalid VPC image"),
        Arguments.of(wrongHead, CorruptImageException.class, 64, "Incorrect header checksum"),
        Arguments.of(
            wrongTail, CorruptImageException.class, SIZE + 64, "Incorrect header checksum"),
        refusal(at -> at.u64(48, 0xff000001L * 512), 48, "File too large"),
        refusal(at -> at.u64(48, -1), 48, "File too large"),
        refusal(at -> at.u64(16, -512), 16, "Error reading dynamic VHD header"),
        refusal(at -> at.u64(16, 1 << 20), 1 << 20, "Invalid header magic"),
        refusal(at -> at.text(512, "cxsparsf"), 512, "Invalid header magic"),
        refusal(at -> at.u32(544, 0), 544, "Invalid block size 0"),
        refusal(at -> at.u32(544, 256), 544, "Invalid block size 256"),
        refusal(at -> at.u32(544, 0xc0000000L), 544, "Invalid block size 3221225472"),
        refusal(at -> at.u32(540, 1), 540, "Page table too small"),
        refusal(at -> at.u32(540, 0x20000000), 540, "Max Table Entries too large (536870912)"),
        refusal(at -> at.u32(540, -1), 540, "Max Table Entries too large (-1)"),
        refusal(at -> at.u64(528, Long.MIN_VALUE), 528, "Error reading pagetable"),
        truncated(at -> at.u64(528, 1 << 20), 1 << 20),
        truncated(at -> at.u32(540, 0x1ffff), VhdBytes.TABLE_AT),
        truncated(at -> at.u32(VhdBytes.TABLE_AT + 4, 10), VhdBytes.TABLE_AT + 4),
        truncated(at -> at.u32(VhdBytes.TABLE_AT, 0xfffffffeL), VhdBytes.TABLE_AT));
  }

  private static Arguments refusal(Consumer<ImagePatch> change, long hostOffset, String text) {
    return Arguments.of(image(change), CorruptImageException.class, hostOffset, text);
  }

  private static Arguments truncated(Consumer<ImagePatch> change, long hostOffset) {
    return Arguments.of(image(change), TruncatedImageException.class, hostOffset, TRUNCATED);
  }

  private static byte[] image(Consumer<ImagePatch> change) {
    byte[] file = VhdBytes.dynamic(VhdBytes.DYNAMIC, SIZE, 0, VhdBytes.NONE);
    change.accept(ImagePatch.bigEndian(file));
    VhdBytes.sign(file);
    return file;
  }

  private static DiskImage open(byte[] file, Purpose purpose) throws IOException {
    return new VhdFormat().open(new BytesImageInput("disk.vhd", file), OpenOptions.of(purpose));
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
                assertThat(refused.location()).isEqualTo("disk.vhd");
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
    Path image = Files.write(folder.resolve("disk.vhd"), file);
    QemuImg.Outcome outcome = QemuImg.outcome("info", "-f", "vpc", image.toString());
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output()).contains(text);
  }

  @Test
  void aBlockThatEndsWithTheFileIsNotTruncated() throws IOException {
    byte[] file = image(at -> {});
    open(Arrays.copyOf(file, file.length - 512), Purpose.READ).close();
    byte[] shorter = Arrays.copyOf(file, file.length - 1024);
    assertThatThrownBy(() -> open(shorter, Purpose.READ))
        .isInstanceOf(TruncatedImageException.class);
  }
}
