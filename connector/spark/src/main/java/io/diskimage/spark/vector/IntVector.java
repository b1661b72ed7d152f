package io.diskimage.spark.vector;

import java.util.Arrays;
import org.apache.spark.sql.types.DataTypes;

/** INT. */
public final class IntVector extends BatchVector {
  private final int[] values;
  private final boolean[] nulls;

  /** A vector of at most {@code capacity} rows. */
  public IntVector(int capacity) {
    super(DataTypes.IntegerType);
    values = new int[capacity];
    nulls = new boolean[capacity];
  }

  /** Sets one row. */
  public void set(int row, int value) {
    values[row] = value;
    nulls[row] = false;
  }

  /** Makes one row null. */
  public void setNull(int row) {
    nulls[row] = true;
  }

  /** Sets rows {@code from} to {@code to - 1}. */
  public void fill(int from, int to, int value) {
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
  public int getInt(int row) {
    return values[row];
  }
}
