package io.diskimage.spark.vector;

import org.apache.spark.sql.types.DataTypes;

/** BINARY whose values come from a source when they are asked for. */
public final class LazyBinaryVector extends BatchVector {
  private final Source source;

  /** Where the values of the current batch come from. */
  public interface Source {

    /** Whether a row has no value. */
    boolean isNull(int row);

    /** The value of a row, null if it has none; the same array whenever it is asked. */
    byte[] value(int row);

    /** Moves the value of a row to an earlier row. */
    void move(int from, int to);
  }

  public LazyBinaryVector(Source source) {
    super(DataTypes.BinaryType);
    this.source = source;
  }

  @Override
  public void move(int from, int to) {
    source.move(from, to);
  }

  @Override
  public boolean isNullAt(int row) {
    return source.isNull(row);
  }

  @Override
  public byte[] getBinary(int row) {
    return source.value(row);
  }
}
