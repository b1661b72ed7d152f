package io.diskimage.spark.read;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Repair;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;

/** Rows of {@code findings}. */
final class FindingRows implements CheckTableReader.CheckTable {
  private final TaskScan scan;
  private final RowFilter filter;

  FindingRows(TaskScan scan) {
    this.scan = scan;
    this.filter = scan.spec().filter();
  }

  @Override
  public TableKind kind() {
    return TableKind.FINDINGS;
  }

  @Override
  public Iterator<ObjectRow> rows(ImageFile file) throws IOException {
    Optional<CheckLevel> level = level(file);
    if (level.isEmpty()) {
      return Collections.emptyIterator();
    }
    CheckReport report;
    try (CheckedFile checked = CheckedFile.open(scan, file)) {
      report = checked.check(level.get(), scan.options().limits().findings());
    }
    return report.findings().stream()
        .map(finding -> row(file, finding))
        .filter(filter::accepts)
        .iterator();
  }

  /** The level that finds all that the filter may accept; empty if that is nothing. */
  private Optional<CheckLevel> level(ImageFile file) {
    CheckLevel most = scan.options().level();
    if (filter.isAlways()) {
      return Optional.of(most);
    }
    return Arrays.stream(FindingKind.values())
        .filter(kind -> filter.accepts(row(file, kind)))
        .map(FindingKind::level)
        .max(CheckLevel::compareTo)
        .map(needed -> needed.compareTo(most) < 0 ? needed : most);
  }

  /** What filters look at. */
  private static ObjectRow row(ImageFile file, FindingKind kind) {
    return new ObjectRow(TableKind.FINDINGS)
        .set("path", file.path())
        .set("kind", kind.name())
        .set("severity", kind.severity().label());
  }

  private static ObjectRow row(ImageFile file, Finding finding) {
    return row(file, finding.kind())
        .set("part", finding.part())
        .set("offset", finding.guestOffset())
        .set("host_offset", finding.hostOffset())
        .set("length", finding.hostLength())
        .set("guest_length", finding.guestLength())
        .set("expected", finding.expected())
        .set("actual", finding.actual())
        .set("count", finding.count())
        .set("repairable", finding.kind().repair() != Repair.NEVER)
        .set("message", finding.message());
  }
}
