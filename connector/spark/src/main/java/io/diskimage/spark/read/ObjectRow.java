package io.diskimage.spark.read;

import io.diskimage.spark.plan.RowValues;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import org.apache.spark.unsafe.types.UTF8String;

/** A row of a table of few rows, with a boxed value per column. */
public final class ObjectRow implements RowValues {
  private final TableKind table;
  private final Object[] values;

  /** A row of NULLs. */
  public ObjectRow(TableKind table) {
    this.table = table;
    this.values = new Object[TableSchemas.full(table).length()];
  }

  /** Sets a column; text becomes Spark's own, whole numbers BIGINT. */
  public ObjectRow set(String column, Object value) {
    values[TableSchemas.ordinal(table, column)] = converted(value);
    return this;
  }

  private static Object converted(Object value) {
    if (value instanceof String text) {
      return UTF8String.fromString(text);
    }
    return value instanceof Integer number ? (Object) number.longValue() : value;
  }

  /** The value of a column, or null. */
  public Object get(int column) {
    return values[column];
  }

  @Override
  public boolean isNull(int column) {
    return values[column] == null;
  }

  @Override
  public boolean getBoolean(int column) {
    return (Boolean) values[column];
  }

  @Override
  public long getLong(int column) {
    return (Long) values[column];
  }

  @Override
  public UTF8String getString(int column) {
    return (UTF8String) values[column];
  }
}
