package io.diskimage.spark.read;

import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.List;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Rows of {@code extents}. */
final class ExtentTableReader extends TableReader {
  private final RowColumns columns;
  private final ExtentScan extents;

  ExtentTableReader(TaskScan scan, List<ImageSlice> slices) {
    super(scan, slices);
    columns = new RowColumns(TableKind.EXTENTS, scan.spec().readSchema(), MAX_ROWS);
    extents = new ExtentScan(scan);
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
    return extents.start(slice);
  }

  @Override
  boolean fill(int maxRows) throws IOException {
    while (columns.rows() < maxRows) {
      if (!extents.next()) {
        return false;
      }
      add();
    }
    return true;
  }

  private void add() {
    ExtentRow row = extents.row();
    columns.add(row, column -> Failures.struct(row.path().toString(), row.failure()));
  }

  @Override
  void failed(ImageSlice slice, IOException failure) throws IOException {
    if (extents.failed(slice, failure)) {
      add();
    }
  }

  @Override
  void distrust() {
    extents.distrust();
  }

  @Override
  ColumnarBatch finish() {
    return columns.batch();
  }

  @Override
  void leave() {
    extents.leave();
  }
}
