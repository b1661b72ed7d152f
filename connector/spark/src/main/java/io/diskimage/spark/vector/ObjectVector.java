package io.diskimage.spark.vector;

import java.util.Arrays;
import org.apache.spark.sql.types.DataType;

/**
 * A column of any type with a boxed value per row, for tables of few rows and columns that are
 * mostly null: Boolean, Integer, Long, UTF8String, byte[], {@code List} for ARRAY, {@code Map} for
 * MAP, {@code Object[]} with a value per field for STRUCT.
 */
public final class ObjectVector extends BoxedVector {
  private final Object[] values;

  /** A vector of at most {@code capacity} rows, all null. */
  public ObjectVector(DataType type, int capacity) {
    this(type, new Object[capacity]);
  }

  ObjectVector(DataType type, Object[] values) {
    super(type);
    this.values = values;
    setRows(values.length);
  }

  /** Sets one row. */
  public void set(int row, Object value) {
    values[row] = value;
  }

  /** Makes rows {@code from} to {@code to - 1} null. */
  public void fillNull(int from, int to) {
    Arrays.fill(values, from, to, null);
  }

  @Override
  public void move(int from, int to) {
    values[to] = values[from];
  }

  @Override
  Object value(int row) {
    return values[row];
  }
}
