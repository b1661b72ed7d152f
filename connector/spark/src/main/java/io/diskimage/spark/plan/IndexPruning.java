package io.diskimage.spark.plan;

import io.diskimage.spark.index.IndexRow;
import io.diskimage.spark.read.ObjectRow;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.HashSet;
import java.util.Set;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;

/** Which files a scan can leave out, by what an index says of them. */
interface IndexPruning {
  /** Leaves out nothing. */
  IndexPruning NONE =
      new IndexPruning() {
        @Override
        public Set<String> columns() {
          return Set.of();
        }

        @Override
        public boolean excludes(IndexRow row) {
          return false;
        }
      };

  /** Columns of {@code images} that it looks at. */
  Set<String> columns();

  /** Whether the file of a row that holds has no row in the scan. */
  boolean excludes(IndexRow row);

  /** What a scan can leave out. */
  static IndexPruning of(ScanPlan plan) {
    return switch (plan.table()) {
      case IMAGES ->
          plan.indexFilter().isAlways()
              ? NONE
              : new ByRow(plan.indexFilter(), plan.reads("allocated_size"));
      case BLOCKS -> byFormat(plan, "_format");
      case CHECKS -> byFormat(plan, "format");
      case SNAPSHOTS -> new ByCount("snapshot_count");
      case BITMAPS -> new ByCount("bitmap_count");
      case EXTENTS, REFERENCES, FINDINGS -> NONE;
    };
  }

  private static IndexPruning byFormat(ScanPlan plan, String column) {
    int ordinal = TableSchemas.ordinal(plan.table(), column);
    return plan.filter().references(ordinal) ? new ByFormat(plan.filter(), ordinal) : NONE;
  }

  /**
   * By the row itself.
   *
   * @param filter over {@code images}
   * @param readsTables whether the scan learns of errors of the mapping tables
   */
  record ByRow(RowFilter filter, boolean readsTables) implements IndexPruning {
    @Override
    public Set<String> columns() {
      Set<String> columns = new HashSet<>();
      for (StructField field : TableSchemas.columns(TableKind.IMAGES).fields()) {
        if (filter.references(TableSchemas.ordinal(TableKind.IMAGES, field.name()))) {
          columns.add(field.name());
        }
      }
      return columns;
    }

    @Override
    public boolean excludes(IndexRow row) {
      return !filter.accepts(row.shown(readsTables));
    }
  }

  /**
   * By the format, in a table whose rows of an image have its format or, where something could not
   * be read, none. An image that cannot be opened stays: it may have to fail the job.
   *
   * @param filter over the table
   * @param column that has the format
   */
  record ByFormat(RowFilter filter, int column) implements IndexPruning {
    private static final int FORMAT = TableSchemas.ordinal(TableKind.IMAGES, "format");

    @Override
    public Set<String> columns() {
      return Set.of("format");
    }

    @Override
    public boolean excludes(IndexRow row) {
      ObjectRow image = row.columns();
      return row.opened()
          && !image.isNull(FORMAT)
          && isNever(image, image.getString(FORMAT))
          && isNever(image, null);
    }

    private boolean isNever(ObjectRow image, UTF8String format) {
      String path = image.getString(FilterColumn.PATH).toString();
      return filter.forPath(path).given(column, format).isNever();
    }
  }

  /**
   * By the number of what a table has a row for.
   *
   * @param column of {@code images} that tells it
   */
  record ByCount(String column) implements IndexPruning {
    @Override
    public Set<String> columns() {
      return Set.of(column);
    }

    @Override
    public boolean excludes(IndexRow row) {
      int ordinal = TableSchemas.ordinal(TableKind.IMAGES, column);
      return row.opened() && !row.columns().isNull(ordinal) && row.columns().getLong(ordinal) == 0;
    }
  }
}
