package io.diskimage.spark.read;

import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;

/**
 * Rows of a table of checks. A file is open only while it is checked, and never through the cache:
 * a check looks at images that opening refuses, and at the file as it is now.
 */
final class CheckTableReader extends RowTableReader {
  private final CheckTable table;

  /** What a table says of an image. */
  interface CheckTable {

    TableKind kind();

    /**
     * The rows of an image that the filters of the scan accept, made as they are asked for.
     *
     * @throws IOException only if the task was interrupted: whatever is wrong with an image is in
     *     its rows
     */
    Iterator<ObjectRow> rows(ImageFile file) throws IOException;
  }

  CheckTableReader(TaskScan scan, List<ImageSlice> slices, CheckTable table) {
    super(scan, slices, table.kind());
    this.table = table;
  }

  @Override
  boolean start(ImageSlice slice) throws IOException {
    give(table.rows(slice.file()));
    return true;
  }

  @Override
  void failed(ImageSlice slice, IOException failure) throws IOException {
    throw failure;
  }

  @Override
  void distrust() {}
}
