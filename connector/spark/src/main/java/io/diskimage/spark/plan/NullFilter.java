package io.diskimage.spark.plan;

/** IS NULL and IS NOT NULL. */
record NullFilter(FilterColumn column, boolean wantsNull) implements ColumnFilter {
  @Override
  public boolean accepts(RowValues row) {
    return row.isNull(column().ordinal()) == wantsNull;
  }

  @Override
  public String toString() {
    return column() + (wantsNull ? " IS NULL" : " IS NOT NULL");
  }
}
