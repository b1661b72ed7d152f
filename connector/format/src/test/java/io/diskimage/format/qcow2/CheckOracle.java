package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.CheckAssertions;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** Checks of images, and their comparison with {@code qemu-img check}. */
final class CheckOracle {
  private static final ImageFormat QCOW2 = ImageFormats.byName("qcow2").orElseThrow();

  private CheckOracle() {}

  static CheckReport check(Path file, CheckOptions options) throws IOException {
    return CheckAssertions.check("qcow2", file, options);
  }

  static CheckReport check(ImageInput input, CheckOptions options) throws IOException {
    return ImageCheck.of(QCOW2, input, options);
  }

  /** Checks a file with little memory and with much, and requires QEMU's counters of both. */
  static CheckReport requireSame(Path file) throws IOException {
    QemuImg.Check qemu = QemuImg.check(file, "qcow2");
    assertThat(qemu.json()).as("qemu-img: %s", qemu.messages()).isNotNull();
    CheckOptions options = CheckOptions.of(CheckLevel.METADATA);
    CheckReport report = check(file, options);
    CheckReport inPasses = check(file, options.withMemoryBudget(1));
    assertThat(report.error()).isNull();
    assertThat(CheckAssertions.counters(report))
        .as("qemu-img: %s", qemu.messages())
        .isEqualTo(CheckAssertions.counters(qemu));
    assertThat(inPasses.counters()).isEqualTo(report.counters());
    assertThat(kinds(inPasses)).isEqualTo(kinds(report));
    assertThat(inPasses.reclaimableBytes()).isEqualTo(report.reclaimableBytes());
    if (report.counters().beyondCorruptions() == 0) {
      assertThat(report.verdict()).isEqualTo(verdict(qemu));
    }
    return report;
  }

  private static Verdict verdict(QemuImg.Check qemu) {
    if (qemu.counter("corruptions") > 0) {
      return Verdict.CORRUPT;
    }
    return switch (qemu.exitCode()) {
      case 0 -> Verdict.CLEAN;
      case 3 -> Verdict.LEAKS;
      default -> Verdict.UNREADABLE;
    };
  }

  /** How often each kind was found. */
  static Map<FindingKind, Long> kinds(CheckReport report) {
    Map<FindingKind, Long> kinds = new EnumMap<>(FindingKind.class);
    for (Finding finding : report.findings()) {
      kinds.merge(finding.kind(), finding.count(), Long::sum);
    }
    return kinds;
  }
}
