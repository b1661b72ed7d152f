package io.diskimage.spark.plan;

/** A BOOLEAN column that has a value. */
record BooleanFilter(FilterColumn column, boolean wanted) implements ColumnFilter {
  @Override
  public boolean accepts(RowValues row) {
    int ordinal = column().ordinal();
    return !row.isNull(ordinal) && row.getBoolean(ordinal) == wanted;
  }

  @Override
  public String toString() {
    return (wanted ? "" : "NOT ") + column();
  }
}
