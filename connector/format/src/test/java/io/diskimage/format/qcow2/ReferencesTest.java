package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backing file and external data file (qcow2.md sections 1.1 and 1.3). */
class ReferencesTest {
  private static final int NAME_AT = 400;

  private final Qcow2Bytes bytes = Qcow2Bytes.v3(12, 1 << 20);

  private static List<Reference> references(DiskImage image) throws IOException {
    return image.references(new IoCounters());
  }

  private void backing(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    bytes.patch().u64(8, NAME_AT).u32(16, text.length).bytes(NAME_AT, text);
  }

  @Test
  void anImageThatStandsAloneNamesNothing() throws IOException {
    assertThat(references(bytes.open(Purpose.INFO))).isEmpty();
    bytes.patch().u64(8, NAME_AT);
    assertThat(references(bytes.open(Purpose.INFO))).as("a name without length").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "base.qcow2",
    "../../etc/passwd",
    "/dev/sda",
    "nbd://host:10809/disk",
    "'json:{\"driver\":\"nbd\"}'",
    "C:\\disks\\base.vhd"
  })
  void aNameIsListedAsItIsWritten(String name) throws IOException {
    backing(name);
    assertThat(references(bytes.open(Purpose.READ)))
        .containsExactly(new Reference("backing file", name, null, null));
  }

  @Test
  void anImageThatCannotBeReadNamesItsFiles() throws IOException {
    backing("base");
    byte[] dataFile =
        Qcow2Bytes.extension(HeaderExtensions.DATA_FILE, "data".getBytes(StandardCharsets.UTF_8));
    byte[] format =
        Qcow2Bytes.extension(
            HeaderExtensions.BACKING_FORMAT, "raw".getBytes(StandardCharsets.UTF_8));
    bytes
        .patch()
        .u64(72, Qcow2Header.INCOMPATIBLE_DATA_FILE)
        .u32(32, Qcow2Header.CRYPT_AES)
        .bytes(Qcow2Bytes.EXTENSIONS_V3, dataFile)
        .bytes(Qcow2Bytes.EXTENSIONS_V3 + dataFile.length, format);
    assertThat(references(bytes.open(Purpose.INFO)))
        .containsExactly(
            new Reference("backing file", "base", "raw", null),
            new Reference("data file", "data", null, null));

    bytes.patch().u64(88, Qcow2Header.AUTOCLEAR_RAW_DATA_FILE);
    assertThat(references(bytes.open(Purpose.INFO)))
        .last()
        .isEqualTo(new Reference("data file", "data", "raw", null));
  }

  @Test
  void aDataFileWithoutNameIsListedWithoutTarget() throws IOException {
    bytes.patch().u64(72, Qcow2Header.INCOMPATIBLE_DATA_FILE);
    assertThat(references(bytes.open(Purpose.INFO)))
        .containsExactly(new Reference("data file", "", null, null));
  }

  @Test
  void saysWhatQemuImgSays(@TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    Path base = directory.resolve("base.raw");
    Files.write(base, new byte[1 << 20]);
    Path overlay = directory.resolve("overlay.qcow2");
    QemuImg.run("create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", overlay.toString());
    Path external = directory.resolve("external.qcow2");
    QemuImg.create("qcow2", "data_file=" + directory.resolve("ext.raw"), external, "1M");

    assertThat(references(overlay))
        .containsExactly(
            new Reference(
                "backing file",
                QemuImg.info("qcow2", overlay).get("backing-filename").textValue(),
                QemuImg.info("qcow2", overlay).get("backing-filename-format").textValue(),
                null));
    String dataFile =
        QemuImg.info("qcow2", external).at("/format-specific/data/data-file").textValue();
    assertThat(references(external))
        .containsExactly(new Reference("data file", dataFile, null, null));
  }

  private static List<Reference> references(Path file) throws IOException {
    try (ImageInput input = LocalImageInput.open(file);
        DiskImage image = new Qcow2Format().open(input, OpenOptions.of(Purpose.INFO))) {
      return references(image);
    }
  }
}
