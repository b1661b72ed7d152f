package io.diskimage.spark.plan;

/** An INT, BIGINT or TIMESTAMP column within a range, both ends inclusive. */
record LongRangeFilter(FilterColumn column, long lowest, long highest) implements ColumnFilter {
  @Override
  public boolean accepts(RowValues row) {
    int ordinal = column().ordinal();
    if (row.isNull(ordinal)) {
      return false;
    }
    long value = row.getLong(ordinal);
    return value >= lowest && value <= highest;
  }

  @Override
  public long lowerBound(int ordinal) {
    return references(ordinal) ? lowest : Long.MIN_VALUE;
  }

  @Override
  public long upperBound(int ordinal) {
    return references(ordinal) ? highest : Long.MAX_VALUE;
  }

  @Override
  public String toString() {
    if (lowest == highest) {
      return column() + " = " + lowest;
    }
    if (highest == Long.MAX_VALUE) {
      return column() + " >= " + lowest;
    }
    if (lowest == Long.MIN_VALUE) {
      return column() + " <= " + highest;
    }
    return column() + " BETWEEN " + lowest + " AND " + highest;
  }
}
