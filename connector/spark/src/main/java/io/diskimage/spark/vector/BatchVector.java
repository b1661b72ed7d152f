package io.diskimage.spark.vector;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A column of a batch, filled anew for every batch of a reader. It holds heap memory only, so there
 * is nothing to close; Spark asks to after every batch, which must not harm the next one.
 */
public abstract class BatchVector extends ColumnVector {
  private int rows;

  BatchVector(DataType type) {
    super(type);
  }

  /** Says how many rows the batch has, once it is filled. */
  public final void setRows(int count) {
    rows = count;
  }

  /** Moves the value of a row to an earlier row, whose value is lost. */
  public abstract void move(int from, int to);

  @Override
  public final boolean hasNull() {
    for (int row = 0; row < rows; row++) {
      if (isNullAt(row)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public final int numNulls() {
    int nulls = 0;
    for (int row = 0; row < rows; row++) {
      if (isNullAt(row)) {
        nulls++;
      }
    }
    return nulls;
  }

  @Override
  public final void close() {}

  @Override
  public final void closeIfFreeable() {}

  private UnsupportedOperationException notA(String wanted) {
    return new UnsupportedOperationException(type.sql() + " read as " + wanted);
  }

  @Override
  public boolean getBoolean(int row) {
    throw notA("BOOLEAN");
  }

  @Override
  public byte getByte(int row) {
    throw notA("TINYINT");
  }

  @Override
  public short getShort(int row) {
    throw notA("SMALLINT");
  }

  @Override
  public int getInt(int row) {
    throw notA("INT");
  }

  @Override
  public long getLong(int row) {
    throw notA("BIGINT");
  }

  @Override
  public float getFloat(int row) {
    throw notA("FLOAT");
  }

  @Override
  public double getDouble(int row) {
    throw notA("DOUBLE");
  }

  @Override
  public ColumnarArray getArray(int row) {
    throw notA("ARRAY");
  }

  @Override
  public ColumnarMap getMap(int row) {
    throw notA("MAP");
  }

  @Override
  public Decimal getDecimal(int row, int precision, int scale) {
    throw notA("DECIMAL");
  }

  @Override
  public UTF8String getUTF8String(int row) {
    throw notA("STRING");
  }

  @Override
  public byte[] getBinary(int row) {
    throw notA("BINARY");
  }

  @Override
  public ColumnVector getChild(int ordinal) {
    throw notA("STRUCT");
  }
}
