package io.diskimage.spark.vector;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.types.UTF8String;

/** Reads boxed values of any type, see {@link ObjectVector}. */
abstract class BoxedVector extends BatchVector {
  private final ColumnVector[] children;

  BoxedVector(DataType type) {
    super(type);
    int fields = type instanceof StructType struct ? struct.length() : 0;
    children = new ColumnVector[fields];
    for (int i = 0; i < fields; i++) {
      children[i] = new Field(this, i, ((StructType) type).apply(i).dataType());
    }
  }

  /** The value of a row, or null. */
  abstract Object value(int row);

  @Override
  public boolean isNullAt(int row) {
    return value(row) == null;
  }

  @Override
  public boolean getBoolean(int row) {
    return (Boolean) value(row);
  }

  @Override
  public int getInt(int row) {
    return (Integer) value(row);
  }

  @Override
  public long getLong(int row) {
    return (Long) value(row);
  }

  @Override
  public UTF8String getUTF8String(int row) {
    return (UTF8String) value(row);
  }

  @Override
  public byte[] getBinary(int row) {
    return (byte[]) value(row);
  }

  @Override
  public ColumnarArray getArray(int row) {
    if (value(row) == null) {
      return null;
    }
    Object[] elements = ((List<?>) value(row)).toArray();
    return new ColumnarArray(
        new ObjectVector(((ArrayType) type).elementType(), elements), 0, elements.length);
  }

  @Override
  public ColumnarMap getMap(int row) {
    if (value(row) == null) {
      return null;
    }
    Map<?, ?> map = (Map<?, ?>) value(row);
    MapType mapType = (MapType) type;
    return new ColumnarMap(
        new ObjectVector(mapType.keyType(), map.keySet().toArray()),
        new ObjectVector(mapType.valueType(), map.values().toArray()),
        0,
        map.size());
  }

  @Override
  public ColumnVector getChild(int ordinal) {
    return children[ordinal];
  }

  /** One field of all structs of a vector. */
  private static final class Field extends BoxedVector {
    private final BoxedVector structs;
    private final int ordinal;

    Field(BoxedVector structs, int ordinal, DataType type) {
      super(type);
      this.structs = structs;
      this.ordinal = ordinal;
    }

    @Override
    Object value(int row) {
      Object struct = structs.value(row);
      return struct == null ? null : ((Object[]) struct)[ordinal];
    }

    @Override
    public void move(int from, int to) {
      throw new UnsupportedOperationException("fields move with their struct");
    }
  }
}
