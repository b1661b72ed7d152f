package io.diskimage.spark.plan;

import org.apache.spark.unsafe.types.UTF8String;

/** A filter on one column, which is TRUE for some of its values. */
interface ColumnFilter extends RowFilter {
  /** The column looked at. */
  FilterColumn column();

  @Override
  default RowFilter given(int ordinal, UTF8String value) {
    if (!references(ordinal)) {
      return this;
    }
    return accepts(new TextOnly(value)) ? RowFilters.ALWAYS : RowFilters.NEVER;
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

  /** A row of which only the text in one column is known. */
  record TextOnly(UTF8String text) implements RowValues {
    @Override
    public boolean isNull(int column) {
      return text == null;
    }

    @Override
    public boolean getBoolean(int column) {
      throw new IllegalStateException("the column is a string");
    }

    @Override
    public long getLong(int column) {
      throw new IllegalStateException("the column is a string");
    }

    @Override
    public UTF8String getString(int column) {
      return text;
    }
  }
}
