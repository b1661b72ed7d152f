package io.diskimage.spark.vector;

import java.util.Arrays;
import org.apache.spark.sql.types.DataType;

/** BIGINT or TIMESTAMP. */
public final class LongVector extends BatchVector {
  private final long[] values;
  private final boolean[] nulls;

  /** A vector of at most {@code capacity} rows. */
  public LongVector(DataType type, int capacity) {
    super(type);
    values = new long[capacity];
    nulls = new boolean[capacity];
  }

  /** Sets one row. */
  public void set(int row, long value) {
    values[row] = value;
    nulls[row] = false;
  }

  /** Makes one row null. */
  public void setNull(int row) {
    nulls[row] = true;
  }

  /** Sets rows {@code from} to {@code to - 1}. */
  public void fill(int from, int to, long value) {
    Arrays.fill(values, from, to, value);
    Arrays.fill(nulls, from, to, false);
  }

  /** Makes rows {@code from} to {@code to - 1} null. */
  public void fillNull(int from, int to) {
    Arrays.fill(nulls, from, to, true);
  }

  @Override
  public void move(int from, int to) {
    values[to] = values[from];
    nulls[to] = nulls[from];
  }

  @Override
  public boolean isNullAt(int row) {
    return nulls[row];
  }

  @Override
  public long getLong(int row) {
    return values[row];
  }
}
