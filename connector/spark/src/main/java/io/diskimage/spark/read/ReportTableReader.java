package io.diskimage.spark.read;

import io.diskimage.format.Purpose;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.table.TableKind;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Rows of a table that reports on images: opened for information only, at most a few rows each, and
 * a problem of an image never fails the job.
 */
final class ReportTableReader extends RowTableReader {
  private final Report report;
  private final KnownReports known;

  private ImageLease lease;

  /** What a table says of an image. */
  interface Report {

    TableKind table();

    /** The part of a row that the listing knows, and that the filters of the table may look at. */
    ObjectRow listed(ImageFile file);

    /** Whether a filter may take a row of a file; what it leaves open the rows decide. */
    default boolean mayHaveRows(ImageFile file, RowFilter filter) {
      return filter.accepts(listed(file));
    }

    /** The rows of an image. */
    List<ObjectRow> rows(ImageFile file, ImageLease lease) throws IOException;

    /** The row of a file that cannot be opened, if it has one. */
    Optional<ObjectRow> failure(ImageFile file, IOException failure);
  }

  /** Rows that need no image. */
  interface KnownReports extends Closeable {
    /** Where every image is opened. */
    KnownReports NONE = file -> Optional.empty();

    /** The row of the next file of the task, if it is known. */
    Optional<ObjectRow> next(ImageFile file) throws IOException;

    @Override
    default void close() {}
  }

  ReportTableReader(TaskScan scan, List<ImageSlice> slices, Report report) {
    this(scan, slices, report, KnownReports.NONE);
  }

  ReportTableReader(TaskScan scan, List<ImageSlice> slices, Report report, KnownReports known) {
    super(scan, slices, report.table());
    this.report = report;
    this.known = known;
  }

  @Override
  boolean start(ImageSlice slice) throws IOException {
    ImageFile file = slice.file();
    Optional<ObjectRow> row = known.next(file);
    RowFilter filter = scan().spec().filter();
    if (slice.index() > 0 || !report.mayHaveRows(file, filter)) {
      return false;
    }
    if (row.isPresent()) {
      give(List.of(row.get()).iterator());
      return true;
    }
    lease = scan().lease(file, Purpose.INFO);
    give(report.rows(file, lease).iterator());
    return true;
  }

  @Override
  void failed(ImageSlice slice, IOException failure) {
    report.failure(slice.file(), failure).ifPresent(this::add);
  }

  @Override
  void distrust() {
    if (lease != null) {
      lease.distrust();
    }
  }

  @Override
  void leave() {
    super.leave();
    if (lease != null) {
      lease.close();
      lease = null;
    }
  }

  @Override
  public void close() {
    super.close();
    known.close();
  }
}
