package io.diskimage.spark.read;

import io.diskimage.spark.plan.RowValues;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import io.diskimage.spark.vector.BatchVector;
import io.diskimage.spark.vector.BooleanVector;
import io.diskimage.spark.vector.IntVector;
import io.diskimage.spark.vector.LongVector;
import io.diskimage.spark.vector.ObjectVector;
import io.diskimage.spark.vector.StringVector;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * The selected columns of a table, filled row by row from {@link RowValues}; what that cannot carry
 * comes as an object.
 */
final class RowColumns {
  private final int[] ordinals;
  private final BatchVector[] columns;
  private int rows;

  RowColumns(TableKind table, StructType readSchema, int capacity) {
    ordinals = new int[readSchema.length()];
    columns = new BatchVector[ordinals.length];
    for (int i = 0; i < ordinals.length; i++) {
      ordinals[i] = TableSchemas.ordinal(table, readSchema.apply(i).name());
      columns[i] = vector(readSchema.apply(i).dataType(), capacity);
    }
  }

  private static BatchVector vector(DataType type, int capacity) {
    if (type instanceof LongType || type instanceof TimestampType) {
      return new LongVector(type, capacity);
    }
    if (type instanceof IntegerType) {
      return new IntVector(capacity);
    }
    if (type instanceof BooleanType) {
      return new BooleanVector(capacity);
    }
    return type instanceof StringType
        ? new StringVector(capacity)
        : new ObjectVector(type, capacity);
  }

  /** Columns of other types than RowValues knows. */
  @FunctionalInterface
  interface Objects {

    /** The value of a column that is not null, as {@link ObjectVector} takes it. */
    Object get(int column);
  }

  void clear() {
    rows = 0;
  }

  int rows() {
    return rows;
  }

  /** Adds a row. */
  void add(RowValues row, Objects objects) {
    for (int i = 0; i < columns.length; i++) {
      int column = ordinals[i];
      boolean isNull = row.isNull(column);
      if (columns[i] instanceof LongVector longs) {
        if (isNull) {
          longs.setNull(rows);
        } else {
          longs.set(rows, row.getLong(column));
        }
      } else if (columns[i] instanceof BooleanVector booleans) {
        if (isNull) {
          booleans.setNull(rows);
        } else {
          booleans.set(rows, row.getBoolean(column));
        }
      } else if (columns[i] instanceof IntVector ints) {
        if (isNull) {
          ints.setNull(rows);
        } else {
          ints.set(rows, (int) row.getLong(column));
        }
      } else if (columns[i] instanceof StringVector strings) {
        strings.fill(rows, rows + 1, isNull ? null : row.getString(column));
      } else {
        ((ObjectVector) columns[i]).set(rows, isNull ? null : objects.get(column));
      }
    }
    rows++;
  }

  /** The filled batch. */
  ColumnarBatch batch() {
    for (BatchVector column : columns) {
      column.setRows(rows);
    }
    ColumnVector[] shown = columns.clone();
    return new ColumnarBatch(shown, rows);
  }
}
