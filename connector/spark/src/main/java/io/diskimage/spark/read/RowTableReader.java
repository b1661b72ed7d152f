package io.diskimage.spark.read;

import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.table.TableKind;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** A table whose rows are made one by one: few for each image, many images to a batch. */
abstract class RowTableReader extends TableReader {
  private final RowColumns columns;
  private Iterator<ObjectRow> rows = Collections.emptyIterator();

  RowTableReader(TaskScan scan, List<ImageSlice> slices, TableKind table) {
    super(scan, slices);
    this.columns = new RowColumns(table, scan.spec().readSchema(), MAX_ROWS);
  }

  /** Sets the rows of the image that was started. */
  final void give(Iterator<ObjectRow> next) {
    rows = next;
  }

  final void add(ObjectRow row) {
    columns.add(row, row::get);
  }

  @Override
  final void clear() {
    columns.clear();
  }

  @Override
  final int rows() {
    return columns.rows();
  }

  @Override
  final boolean takesAnotherImage() {
    return true;
  }

  @Override
  final boolean fill(int maxRows) {
    while (columns.rows() < maxRows) {
      if (!rows.hasNext()) {
        return false;
      }
      add(rows.next());
    }
    return true;
  }

  @Override
  final ColumnarBatch finish() {
    return columns.batch();
  }

  @Override
  void leave() {
    rows = Collections.emptyIterator();
  }
}
