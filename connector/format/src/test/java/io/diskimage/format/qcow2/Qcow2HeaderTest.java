package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of qcow2.md section 2: its text, its place, and that QEMU says the same. */
class Qcow2HeaderTest {

  static List<HeaderCase> cases() {
    return HeaderCase.all();
  }

  static List<HeaderCase> casesOfOracle() {
    return HeaderCase.all().stream().filter(HeaderCase::oracle).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isRefusedWithTextAndPlace(HeaderCase bad) {
    for (Purpose purpose : List.of(Purpose.INFO, Purpose.READ)) {
      ImageException refusal =
          catchThrowableOfType(ImageException.class, () -> bad.image().open(purpose));
      assertThat(refusal).as("for %s", purpose).isInstanceOf(bad.type());
      assertThat(refusal.detail()).isEqualTo(bad.text());
      assertThat(refusal.hostOffset()).isEqualTo(bad.hostOffset());
      assertThat(refusal.location()).isEqualTo(Qcow2Bytes.NAME);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("casesOfOracle")
  void qemuSaysTheSame(HeaderCase bad, @TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    Path file = directory.resolve(Qcow2Bytes.NAME);
    Files.write(file, bad.image().file());
    for (String command : List.of("info", "map")) {
      QemuImg.Outcome outcome = QemuImg.outcome(command, "-f", "qcow2", file.toString());
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.output().lines())
          .contains("qemu-img: Could not open '" + file + "': " + bad.text());
    }
  }

  @ParameterizedTest
  @EnumSource(Purpose.class)
  void opensAnImageWithoutFault(Purpose purpose) throws IOException {
    try (DiskImage image = Qcow2Bytes.v3(16, 1 << 20).open(purpose)) {
      assertThat(image.info().formatVersion()).isEqualTo("3");
    }
  }

  @Test
  void aCheckMayOpenWhatItReports() throws IOException {
    Qcow2Bytes bytes = Qcow2Bytes.v3(16, 1 << 20);
    bytes.patch().u32(56, 0).u32(60, 70000).u64(64, 1).u64(40, 1L << 40);
    try (DiskImage image = bytes.open(Purpose.CHECK)) {
      assertThat(image.snapshots()).isEmpty();
    }
  }
}
