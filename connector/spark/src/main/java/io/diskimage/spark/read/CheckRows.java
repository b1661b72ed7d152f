package io.diskimage.spark.read;

import io.diskimage.format.check.CheckCounters;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Verdict;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Rows of {@code checks}: one per file, whatever comes of its check. */
final class CheckRows implements CheckTableReader.CheckTable {
  private final TaskScan scan;
  private final RowFilter filter;
  private final boolean needsFormat;
  private final boolean needsCheck;

  CheckRows(TaskScan scan) {
    this.scan = scan;
    this.filter = scan.spec().filter();
    List<String> columns = List.of(scan.spec().readSchema().fieldNames());
    needsCheck = !Set.of("path", "format").containsAll(columns) || filtersBy("verdict");
    needsFormat = columns.contains("format") || filtersBy("format");
  }

  private boolean filtersBy(String column) {
    return filter.references(TableSchemas.ordinal(TableKind.CHECKS, column));
  }

  @Override
  public TableKind kind() {
    return TableKind.CHECKS;
  }

  @Override
  public Iterator<ObjectRow> rows(ImageFile file) throws IOException {
    ObjectRow row = new ObjectRow(TableKind.CHECKS).set("path", file.path());
    if (needsCheck || needsFormat) {
      examine(file, row);
    }
    return filter.accepts(row)
        ? Collections.singleton(row).iterator()
        : Collections.emptyIterator();
  }

  private void examine(ImageFile file, ObjectRow row) throws IOException {
    long start = System.nanoTime();
    try (CheckedFile checked = CheckedFile.open(scan, file)) {
      row.set("format", checked.format());
      if (needsCheck && acceptsSomeVerdict(row)) {
        fill(row, file, checked.check(scan.options().level(), 0));
        row.set("duration_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      }
    }
  }

  /** Whether the row may be wanted, given its format; leaves the row with any verdict. */
  private boolean acceptsSomeVerdict(ObjectRow row) {
    return filter.isAlways()
        || Arrays.stream(Verdict.values())
            .anyMatch(verdict -> filter.accepts(row.set("verdict", verdict.label())));
  }

  private static void fill(ObjectRow row, ImageFile file, CheckReport report) {
    row.set("format", report.format())
        .set("verdict", report.verdict().label())
        .set("corruptions_fixed", 0L)
        .set("leaks_fixed", 0L);
    if (report.counters() != null) {
      fill(row, report.counters()).set("reclaimable_bytes", report.reclaimableBytes());
    }
    if (report.error() != null) {
      row.set("error", Failures.struct(file.path(), report.error()));
    }
  }

  private static ObjectRow fill(ObjectRow row, CheckCounters counters) {
    return row.set("corruptions", counters.corruptions())
        .set("leaks", counters.leaks())
        .set("check_errors", counters.checkErrors())
        .set("image_end_offset", counters.imageEndOffset())
        .set("total_clusters", counters.totalClusters())
        .set("allocated_clusters", counters.allocatedClusters())
        .set("fragmented_clusters", counters.fragmentedClusters())
        .set("compressed_clusters", counters.compressedClusters())
        .set("beyond_corruptions", counters.beyondCorruptions())
        .set("beyond_leaks", counters.beyondLeaks());
  }
}
