package io.diskimage.spark.read;

import io.diskimage.format.Purpose;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Rows of a table that reports on images: opened for information only, at most a few rows each, and
 * a problem of an image never fails the job.
 */
final class ReportTableReader extends TableReader {
  private final Report report;
  private final RowColumns columns;

  private ImageLease lease;
  private Iterator<ObjectRow> rows;

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

  ReportTableReader(TaskScan scan, List<ImageSlice> slices, Report report) {
    super(scan, slices);
    this.report = report;
    this.columns = new RowColumns(report.table(), scan.spec().readSchema(), MAX_ROWS);
  }

  @Override
  void clear() {
    columns.clear();
  }

  @Override
  int rows() {
    return columns.rows();
  }

  @Override
  boolean takesAnotherImage() {
    return true;
  }

  @Override
  boolean start(ImageSlice slice) throws IOException {
    ImageFile file = slice.file();
    RowFilter filter = scan().spec().filter();
    if (slice.index() > 0 || !report.mayHaveRows(file, filter)) {
      return false;
    }
    lease = scan().lease(file, Purpose.INFO);
    rows = report.rows(file, lease).iterator();
    return true;
  }

  @Override
  boolean fill(int maxRows) {
    while (columns.rows() < maxRows) {
      if (!rows.hasNext()) {
        return false;
      }
      ObjectRow next = rows.next();
      columns.add(next, next::get);
    }
    return true;
  }

  @Override
  void failed(ImageSlice slice, IOException failure) {
    report.failure(slice.file(), failure).ifPresent(only -> columns.add(only, only::get));
  }

  @Override
  void distrust() {
    if (lease != null) {
      lease.distrust();
    }
  }

  @Override
  ColumnarBatch finish() {
    return columns.batch();
  }

  @Override
  void leave() {
    if (lease != null) {
      lease.close();
      lease = null;
    }
  }
}
