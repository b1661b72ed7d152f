package io.diskimage.format.oracle.damage;

import io.diskimage.format.ImageException;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.oracle.CheckAssertions;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What came of a check, in terms that hold for both sides.
 *
 * @param exitCode of {@code qemu-img check}
 * @param text of an image that was refused: why; else what became of the check
 * @param counters by the names {@code qemu-img} gives them; empty if the check did not come to its
 *     end
 */
record CheckOutcome(int exitCode, String text, Map<String, Long> counters) {
  static final String COUNTED = "counted";
  static final String ABORTED = "aborted";
  static final String CRASHED = "crashed";

  /** Anywhere in a line: a warning before it may lack its end. */
  private static final Pattern REFUSAL =
      Pattern.compile("qemu-img: Could not open '[^']*': (.*)$", Pattern.MULTILINE);

  private static final int SIGNALLED = 128;

  /** What makes QEMU's check end at once, and counts nothing then. */
  private static final Set<FindingKind> ABORTING =
      Set.of(
          FindingKind.QCOW2_SNAPSHOT_TABLE,
          FindingKind.QCOW2_SNAPSHOT_EXTRA_DATA,
          FindingKind.QCOW2_BITMAP_TABLE_ENTRY);

  CheckOutcome {
    counters = Map.copyOf(counters);
  }

  static CheckOutcome of(QemuImg.Check check) {
    if (check.json() != null) {
      return new CheckOutcome(check.exitCode(), COUNTED, CheckAssertions.counters(check));
    }
    Matcher refusal = REFUSAL.matcher(check.messages());
    String text =
        refusal.find()
            ? refused(refusal.group(1))
            : check.exitCode() > SIGNALLED ? CRASHED : ABORTED;
    return new CheckOutcome(check.exitCode(), text, Map.of());
  }

  /** The outcome that {@code qemu-img} would have to have for a report of ours. */
  static CheckOutcome of(CheckReport report) {
    IOException error = report.error();
    if (error != null) {
      // Some checks go on with what can be looked at of such an image nevertheless.
      String why = error instanceof ImageException image ? image.detail() : error.toString();
      return new CheckOutcome(1, refused(why), Map.of());
    }
    if (report.findings().stream().map(Finding::kind).anyMatch(ABORTING::contains)) {
      return new CheckOutcome(1, ABORTED, Map.of());
    }
    return counted(CheckAssertions.counters(report));
  }

  /** The outcome of a check that came to its end. */
  static CheckOutcome counted(Map<String, Long> counters) {
    int exitCode = 0;
    if (counters.get("check-errors") > 0) {
      exitCode = 1;
    } else if (counters.get("corruptions") > 0) {
      exitCode = 2;
    } else if (counters.get("leaks") > 0) {
      exitCode = 3;
    }
    return new CheckOutcome(exitCode, COUNTED, counters);
  }

  private static String refused(String why) {
    return "refused: " + why;
  }

  @Override
  public String toString() {
    return text + (counters.isEmpty() ? "" : " " + new TreeMap<>(counters)) + ", exit " + exitCode;
  }
}
