package io.diskimage.spark.vector;

import java.util.Arrays;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** STRING; rows of one image share one value. */
public final class StringVector extends BatchVector {
  private final UTF8String[] values;

  /** A vector of at most {@code capacity} rows. */
  public StringVector(int capacity) {
    super(DataTypes.StringType);
    values = new UTF8String[capacity];
  }

  /** Sets rows {@code from} to {@code to - 1}; null is a value. */
  public void fill(int from, int to, UTF8String value) {
    Arrays.fill(values, from, to, value);
  }

  @Override
  public void move(int from, int to) {
    values[to] = values[from];
  }

  @Override
  public boolean isNullAt(int row) {
    return values[row] == null;
  }

  @Override
  public UTF8String getUTF8String(int row) {
    return values[row];
  }
}
