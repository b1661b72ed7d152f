package io.diskimage.format.qcow2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of LUKS headers: its text, its place, and that QEMU says the same. */
class LuksHeaderTest {
  private static final long MAX_CPU_NANOS = 1_000_000_000L;
  private static final long MAX_ALLOCATED = 16 << 20;
  private static final int HEADER_BYTES = 592;
  private static final int[] EXTREMES = {0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff};

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final OpenOptions OPTIONS =
      OpenOptions.of(Purpose.READ)
          .withPassphrases((image, uuid) -> QemuImg.PASSPHRASE.getBytes(UTF_8));

  static List<LuksCase> cases() {
    return LuksCase.all();
  }

  static List<LuksCase> casesOfOracle() {
    return LuksCase.all().stream().filter(LuksCase::oracle).toList();
  }

  private static DiskImage open(Qcow2Bytes image, OpenOptions options) throws IOException {
    return new Qcow2Format().open(image.input(), options);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isRefusedWithTextAndPlaceAtOnce(LuksCase bad) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    ImageException refusal =
        catchThrowableOfType(ImageException.class, () -> open(bad.image(), OPTIONS));
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - allocated).isLessThan(MAX_ALLOCATED);
    assertThat(THREADS.getCurrentThreadCpuTime() - cpu).isLessThan(MAX_CPU_NANOS);
    assertThat(refusal).isInstanceOf(bad.type());
    assertThat(refusal.detail()).isEqualTo(bad.text());
    assertThat(refusal.hostOffset()).isEqualTo(bad.hostOffset());
    assertThat(refusal.location()).isEqualTo(Qcow2Bytes.NAME);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("casesOfOracle")
  void qemuSaysTheSame(LuksCase bad, @TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    Path file = directory.resolve(Qcow2Bytes.NAME);
    Files.write(file, bad.image().file());
    List<String> arguments = new ArrayList<>(List.of("map"));
    arguments.addAll(QemuImg.encryptedImage(file));
    QemuImg.Outcome outcome = QemuImg.outcome(arguments.toArray(String[]::new));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.output().strip()).endsWith("': " + bad.text());
  }

  @Test
  void aBadHeaderIsNoConcernOfAnImageThatIsOnlyDescribed() throws IOException {
    for (LuksCase bad : cases()) {
      try (DiskImage image = open(bad.image(), OpenOptions.of(Purpose.INFO))) {
        assertThat(image.info().encrypted()).as(bad.name()).isTrue();
      }
    }
  }

  @Test
  void everyFieldIsBoundedOrRefused() {
    Limits few = Limits.DEFAULT.withKeyIterations(1000);
    for (int field = 0; field < HEADER_BYTES; field += 4) {
      for (int extreme : EXTREMES) {
        Qcow2Bytes mutant = LuksCase.sound();
        mutant.patch().u32(LuksCase.at(field), extreme);
        long cpu = THREADS.getCurrentThreadCpuTime();
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        ImageException refusal =
            catchThrowableOfType(ImageException.class, () -> open(mutant, OPTIONS.withLimits(few)));
        assertThat(refusal).as("%x at %d", extreme, field).isNotNull();
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - allocated)
            .as("%x at %d", extreme, field)
            .isLessThan(MAX_ALLOCATED);
        assertThat(THREADS.getCurrentThreadCpuTime() - cpu)
            .as("%x at %d", extreme, field)
            .isLessThan(MAX_CPU_NANOS);
      }
    }
  }
}
