package io.diskimage.spark.plan;

import java.util.Arrays;
import java.util.stream.Collectors;

/** An INT, BIGINT or TIMESTAMP column that is, or is not, one of some values. */
final class LongSetFilter implements ColumnFilter {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 10;

  private final FilterColumn column;
  private final long[] values;
  private final boolean member;

  /**
   * A set of at least one value.
   *
   * @param values in any order
   * @param member whether the column must be in the set; otherwise it must be outside
   */
  LongSetFilter(FilterColumn column, long[] values, boolean member) {
    this.column = column;
    this.values = Arrays.stream(values).sorted().distinct().toArray();
    this.member = member;
  }

  @Override
  public FilterColumn column() {
    return column;
  }

  @Override
  public boolean accepts(RowValues row) {
    int ordinal = column().ordinal();
    return !row.isNull(ordinal) && Arrays.binarySearch(values, row.getLong(ordinal)) >= 0 == member;
  }

  @Override
  public long lowerBound(int ordinal) {
    return member && references(ordinal) ? values[0] : Long.MIN_VALUE;
  }

  @Override
  public long upperBound(int ordinal) {
    return member && references(ordinal) ? values[values.length - 1] : Long.MAX_VALUE;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LongSetFilter that
        && column.equals(that.column)
        && member == that.member
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * column.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return column
        + (member ? " IN (" : " NOT IN (")
        + Arrays.stream(values)
            .limit(SHOWN)
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", "))
        + (values.length > SHOWN ? ", ... " + (values.length - SHOWN) + " more)" : ")");
  }
}
