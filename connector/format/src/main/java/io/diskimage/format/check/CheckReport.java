package io.diskimage.format.check;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * What a check found.
 *
 * @param format nullable: driver name, null if no format recognised the file
 * @param level that was asked for
 * @param counters nullable: null if the image was refused, as nothing was counted then
 * @param reclaimableBytes bytes of the file that hold nothing and could be given back
 * @param findings at most as many per kind as were asked for, then one with the count of the rest
 * @param root the parts of the check
 * @param error nullable: why the image could not be checked at all, or not to the end
 * @param complete false if the check stopped at the first finding, as it was told to
 */
public record CheckReport(
    String format,
    CheckLevel level,
    Verdict verdict,
    CheckCounters counters,
    long reclaimableBytes,
    List<Finding> findings,
    PartReport root,
    IOException error,
    boolean complete) {

  public CheckReport {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(verdict, "verdict");
    findings = List.copyOf(findings);
    Objects.requireNonNull(root, "root");
  }
}
