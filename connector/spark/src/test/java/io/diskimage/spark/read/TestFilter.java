package io.diskimage.spark.read;

import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.plan.RowValues;
import java.io.Serializable;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.spark.unsafe.types.UTF8String;

/** A filter on {@code offset} bounds and a condition over other columns. */
record TestFilter(Condition condition, Set<Integer> columns, int offset, long lowest, long highest)
    implements RowFilter {
  private static final long serialVersionUID = 1L;

  static final TestFilter ALL = new TestFilter(row -> true, Set.of());

  /** What a row must fulfil. */
  interface Condition extends Predicate<RowValues>, Serializable {}

  TestFilter(Condition condition, Set<Integer> columns) {
    this(condition, columns, -1, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  TestFilter between(int offsetColumn, long from, long to) {
    return new TestFilter(condition, columns, offsetColumn, from, to);
  }

  @Override
  public boolean accepts(RowValues row) {
    boolean placed =
        offset < 0
            || (!row.isNull(offset)
                && row.getLong(offset) >= lowest
                && row.getLong(offset) <= highest);
    return placed && condition.test(row);
  }

  @Override
  public RowFilter given(int column, UTF8String value) {
    return this;
  }

  @Override
  public boolean isAlways() {
    return columns.isEmpty() && offset < 0;
  }

  @Override
  public boolean isNever() {
    return false;
  }

  @Override
  public long lowerBound(int column) {
    return column == offset ? lowest : Long.MIN_VALUE;
  }

  @Override
  public long upperBound(int column) {
    return column == offset ? highest : Long.MAX_VALUE;
  }

  @Override
  public boolean references(int column) {
    return column == offset || columns.contains(column);
  }
}
