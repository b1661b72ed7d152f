package io.diskimage.spark.vector;

import java.util.Arrays;
import org.apache.spark.sql.types.DataTypes;

/** BOOLEAN. */
public final class BooleanVector extends BatchVector {
  private final boolean[] values;
  private final boolean[] nulls;

  /** A vector of at most {@code capacity} rows. */
  public BooleanVector(int capacity) {
    super(DataTypes.BooleanType);
    values = new boolean[capacity];
    nulls = new boolean[capacity];
  }

  /** Sets one row. */
  public void set(int row, boolean value) {
    values[row] = value;
    nulls[row] = false;
  }

  /** Makes one row null. */
  public void setNull(int row) {
    nulls[row] = true;
  }

  /** Sets rows {@code from} to {@code to - 1}. */
  public void fill(int from, int to, boolean value) {
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
  public boolean getBoolean(int row) {
    return values[row];
  }
}
