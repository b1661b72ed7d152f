package io.diskimage.spark.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarRow;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

class VectorTest {
  private static UTF8String text(String value) {
    return UTF8String.fromString(value);
  }

  @Test
  void numbersAndFlagsKnowTheirNulls() {
    LongVector longs = new LongVector(DataTypes.TimestampType, 4);
    longs.fill(0, 3, 7);
    longs.setNull(1);
    longs.set(2, 9);
    longs.setRows(3);
    assertThat(longs.dataType()).isEqualTo(DataTypes.TimestampType);
    assertThat(longs.getLongs(0, 3)).containsExactly(7, 7, 9);
    assertThat(longs.isNullAt(1)).isTrue();
    assertThat(longs.hasNull()).isTrue();
    assertThat(longs.numNulls()).isEqualTo(1);
    longs.move(2, 1);
    assertThat(longs.getLong(1)).isEqualTo(9);
    assertThat(longs.hasNull()).isFalse();

    IntVector ints = new IntVector(2);
    ints.fillNull(0, 2);
    ints.setRows(2);
    assertThat(ints.numNulls()).isEqualTo(2);

    BooleanVector flags = new BooleanVector(2);
    flags.fill(0, 2, true);
    flags.setRows(2);
    assertThat(flags.getBooleans(0, 2)).containsExactly(true, true);
    assertThat(flags.hasNull()).isFalse();
  }

  @Test
  void nullsOutsideTheBatchDoNotCount() {
    StringVector strings = new StringVector(10);
    strings.fill(0, 2, text("a"));
    strings.setRows(2);
    assertThat(strings.hasNull()).isFalse();
    assertThat(strings.numNulls()).isZero();
    strings.fill(1, 2, null);
    assertThat(strings.numNulls()).isEqualTo(1);
    assertThat(strings.getUTF8String(0)).isEqualTo(text("a"));
  }

  @Test
  void closingHarmsNothing() {
    IntVector ints = new IntVector(1);
    ints.set(0, 5);
    ints.closeIfFreeable();
    ints.close();
    ints.close();
    assertThat(ints.getInt(0)).isEqualTo(5);
  }

  @Test
  void aWrongTypeIsNamed() {
    IntVector ints = new IntVector(1);
    assertThatThrownBy(() -> ints.getUTF8String(0))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("INT read as STRING");
  }

  @Test
  void boxedValuesOfAllTypes() {
    ObjectVector lists = new ObjectVector(DataTypes.createArrayType(DataTypes.StringType), 2);
    lists.set(0, List.of(text("a"), text("b")));
    assertThat(lists.getArray(0).numElements()).isEqualTo(2);
    assertThat(lists.getArray(0).copy().getUTF8String(1)).isEqualTo(text("b"));
    assertThat(lists.getArray(1)).isNull();

    ObjectVector maps =
        new ObjectVector(DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType), 2);
    maps.set(0, Map.of(text("k"), text("v")));
    assertThat(maps.getMap(0).valueArray().getUTF8String(0)).isEqualTo(text("v"));
    assertThat(maps.getMap(1)).isNull();

    ObjectVector longs = new ObjectVector(DataTypes.LongType, 1);
    longs.set(0, 3L);
    assertThat(longs.getLong(0)).isEqualTo(3);
  }

  @Test
  void structsAreReadFieldByField() {
    StructType type =
        new StructType().add("class", DataTypes.StringType).add("host_offset", DataTypes.LongType);
    ObjectVector structs = new ObjectVector(type, 3);
    structs.set(0, new Object[] {text("A"), 5L});
    structs.set(1, new Object[] {text("B"), null});

    ColumnarRow first = structs.getStruct(0);
    assertThat(first.getUTF8String(0)).isEqualTo(text("A"));
    assertThat(first.getLong(1)).isEqualTo(5);
    assertThat(structs.getStruct(1).isNullAt(1)).isTrue();
    assertThat(structs.getStruct(2)).isNull();
    assertThat(structs.getChild(0).isNullAt(2)).isTrue();
    structs.move(1, 0);
    assertThat(structs.getStruct(0).getUTF8String(0)).isEqualTo(text("B"));
  }

  @Test
  void lazyValuesComeFromTheirSource() {
    byte[][] values = {{1}, null};
    LazyBinaryVector vector =
        new LazyBinaryVector(
            new LazyBinaryVector.Source() {
              @Override
              public boolean isNull(int row) {
                return values[row] == null;
              }

              @Override
              public byte[] value(int row) {
                return values[row];
              }

              @Override
              public void move(int from, int to) {
                values[to] = values[from];
              }
            });
    vector.setRows(2);
    assertThat(vector.getBinary(0)).isSameAs(values[0]);
    assertThat(vector.numNulls()).isEqualTo(1);
    vector.move(0, 1);
    assertThat(Arrays.asList(vector.getBinary(0), vector.getBinary(1)))
        .containsExactly(values[0], values[0]);
  }
}
