package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** vhd.md section 1.5: three statements of a size, and who is believed. */
class SizeRuleTest {
  private static final long GEOMETRY = 10L * 4 * 17 * 512;
  private static final long CURRENT = 400 * 512;
  private static final long ORIGINAL = 300 * 512;

  private static byte[] disk(String creator) {
    byte[] file = VhdBytes.fixed((int) CURRENT);
    int footer = (int) CURRENT;
    ImagePatch.bigEndian(file)
        .text(footer + 28, creator)
        .u64(footer + 40, ORIGINAL + 100)
        .u64(footer + 48, CURRENT + 511)
        .u16(footer + 56, 10)
        .u8(footer + 58, 4)
        .u8(footer + 59, 17);
    VhdBytes.signTail(file);
    return file;
  }

  private static long size(byte[] file, String rule) throws IOException {
    OpenOptions options = OpenOptions.of(Purpose.READ);
    if (rule != null) {
      options = options.withFormatOptions(Map.of("vhdSize", rule));
    }
    try (DiskImage image = new VhdFormat().open(new BytesImageInput("disk.vhd", file), options)) {
      return image.virtualSize();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'vpc ', true",
    "qemu, true",
    "qem2, false",
    "'win ', false",
    "'d2v ', false",
    "'d2v\0', false",
    "CTXS, false",
    "'tap\0', false",
    "'wa\0\0', false",
    "vbox, false",
    "'vs  ', false",
    "'vpc\0', false",
    "'\0\0\0\0', false",
    "'QEMU', false"
  })
  void byDefaultTheCreatorDecides(String creator, boolean byGeometry) throws IOException {
    assertThat(size(disk(creator), null)).isEqualTo(byGeometry ? GEOMETRY : CURRENT);
    assertThat(size(disk(creator), "auto")).isEqualTo(byGeometry ? GEOMETRY : CURRENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu", "win "})
  void theCallerMayDecideOtherwise(String creator) throws IOException {
    assertThat(size(disk(creator), "chs")).isEqualTo(GEOMETRY);
    assertThat(size(disk(creator), "current")).isEqualTo(CURRENT);
    assertThat(size(disk(creator), "original")).isEqualTo(ORIGINAL);
  }

  /** The samples of vhd.md section 1.5, by their footers. */
  @ParameterizedTest
  @CsvSource({
    "'win ', 65278, 16, 255, 136365211648, 136365211648",
    "'vpc ', 65278, 16, 255, 136365211648, 136363130880",
    "'d2v\0', 65535, 16, 255, 5000192, 5000192",
    "'vpc ', 65535, 16, 255, 5000192, 5000192",
    "'win ', 0, 0, 0, 5000192, 5000192",
    "qem2, 65535, 16, 255, 5000001, 4999680"
  })
  void footersOfOtherToolsGiveTheSizeTheyMean(
      String creator, int cylinders, int heads, int sectors, long current, long size) {
    byte[] footer = VhdBytes.footer(VhdBytes.DYNAMIC, creator, current);
    ImagePatch.bigEndian(footer).u16(56, cylinders).u8(58, heads).u8(59, sectors);
    assertThat(512 * SizeRule.AUTO.sectors(VhdFooter.parse(footer))).isEqualTo(size);
  }

  @Test
  void theLargestGeometrySaysNothing() throws IOException {
    byte[] file = disk("qemu");
    ImagePatch.bigEndian(file)
        .u16((int) CURRENT + 56, 65535)
        .u8((int) CURRENT + 58, 16)
        .u8((int) CURRENT + 59, 255);
    VhdBytes.signTail(file);
    assertThat(size(file, null)).isEqualTo(CURRENT);
    assertThat(size(file, "chs")).isEqualTo(CURRENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "CHS", "current_size"})
  void refusesOtherRules(String rule) {
    assertThatThrownBy(() -> size(disk("qemu"), rule))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid size calculation mode: '" + rule + "'");
  }

  /** Creators for which version 7.2 of the program already follows the rule of today. */
  @ParameterizedTest
  @ValueSource(strings = {"vpc ", "qemu", "qem2", "win ", "d2v ", "CTXS", "tap\0"})
  void qemuAgrees(String creator, @TempDir Path folder) throws IOException {
    QemuImg.requireOrSkip();
    byte[] file = disk(creator);
    Path image = Files.write(folder.resolve("disk.vhd"), file);
    assertThat(QemuImg.info("vpc", image).get("virtual-size").longValue())
        .isEqualTo(size(file, null));
    for (String rule : new String[] {"chs", "current"}) {
      String theirs = rule.equals("current") ? "current_size" : rule;
      String json =
          QemuImg.run(
              "info",
              "--output=json",
              "--image-opts",
              "driver=vpc,force_size_calc=" + theirs + ",file.filename=" + image);
      assertThat(json).contains("\"virtual-size\": " + size(file, rule));
    }
  }
}
