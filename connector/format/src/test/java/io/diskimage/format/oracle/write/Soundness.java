package io.diskimage.format.oracle.write;

import io.diskimage.format.ImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.Severity;
import io.diskimage.format.check.Verdict;
import java.io.IOException;

/** What our own check says of an image that was written. */
final class Soundness {
  private Soundness() {}

  /**
   * Holds an image of a format that has a check to a verdict.
   *
   * @param file closed afterwards
   */
  static void require(WriterProfile profile, ImageInput file, Verdict worst) throws IOException {
    CheckReport report = check(profile, file);
    if (!reaches(report, worst)) {
      throw unsound(report);
    }
  }

  /**
   * Holds an image of a format that has a check to leaks, and what the profile forgives.
   *
   * @param file closed afterwards
   */
  static void requireAfterCrash(WriterProfile profile, ImageInput file) throws IOException {
    CheckReport report = check(profile, file);
    if (!reaches(report, Verdict.LEAKS) && !isForgiven(profile, report)) {
      throw unsound(report);
    }
  }

  private static CheckReport check(WriterProfile profile, ImageInput file) throws IOException {
    try (file) {
      return ImageCheck.of(profile.driver(), file, CheckOptions.of(CheckLevel.METADATA));
    }
  }

  private static boolean reaches(CheckReport report, Verdict worst) {
    return report.verdict() == Verdict.UNSUPPORTED || report.verdict().compareTo(worst) >= 0;
  }

  private static AssertionError unsound(CheckReport report) {
    return new AssertionError(
        "our check says %s: %s %s".formatted(report.verdict(), report.findings(), report.error()));
  }

  private static boolean isForgiven(WriterProfile profile, CheckReport report) {
    return report.error() == null
        && report.complete()
        && report.findings().stream()
            .allMatch(
                finding ->
                    finding.kind().severity() == Severity.LEAK
                        || finding.kind().severity() == Severity.INFO
                        || profile.isLeftByCrash(finding, report));
  }
}
