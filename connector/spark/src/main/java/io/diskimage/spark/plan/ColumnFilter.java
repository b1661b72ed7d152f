package io.diskimage.spark.plan;

import org.apache.spark.unsafe.types.UTF8String;

/** A filter on one column, which is TRUE for some of its values. */
interface ColumnFilter extends RowFilter {
  /** The column looked at. */
  FilterColumn column();

  @Override
  default RowFilter forPath(String path) {
    if (!column().isPath()) {
      return this;
    }
    return accepts(new PathOnly(UTF8String.fromString(path)))
        ? RowFilters.ALWAYS
        : RowFilters.NEVER;
  }

  @Override
  default boolean isAlways() {
    return false;
  }

  @Override
  default boolean isNever() {
    return false;
  }

  @Override
  default boolean references(int ordinal) {
    return ordinal == column().ordinal();
  }

  @Override
  default long lowerBound(int ordinal) {
    return Long.MIN_VALUE;
  }

  @Override
  default long upperBound(int ordinal) {
    return Long.MAX_VALUE;
  }

  /** The row of a file of which only the path is known. */
  record PathOnly(UTF8String path) implements RowValues {
    @Override
    public boolean isNull(int column) {
      return false;
    }

    @Override
    public boolean getBoolean(int column) {
      throw new IllegalStateException("path is a string");
    }

    @Override
    public long getLong(int column) {
      throw new IllegalStateException("path is a string");
    }

    @Override
    public UTF8String getString(int column) {
      return path;
    }
  }
}
