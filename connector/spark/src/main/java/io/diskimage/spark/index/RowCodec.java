package io.diskimage.spark.index;

import io.diskimage.spark.read.ObjectRow;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** Rows of the index as Parquet's groups. */
final class RowCodec {
  private static final StructType COLUMNS = TableSchemas.columns(TableKind.IMAGES);

  private RowCodec() {}

  static Group encode(IndexRow row) {
    Group group = new SimpleGroup(IndexSchema.FULL);
    for (int column = 0; column < COLUMNS.length(); column++) {
      StructField field = COLUMNS.apply(column);
      put(group, field.name(), field.dataType(), row.columns().get(column));
    }
    if (row.etag() != null) {
      group.add(IndexSchema.ETAG, row.etag());
    }
    group.add(IndexSchema.OPENED, row.opened());
    group.add(IndexSchema.SETTLED, row.settled());
    if (row.allocation() != null) {
      Group allocation = group.addGroup(IndexSchema.ALLOCATION);
      allocation.add(IndexSchema.REGION_SIZE, row.allocation().regionSize());
      Group runs = allocation.addGroup(IndexSchema.RUNS);
      for (AllocationRuns.Run run : row.allocation().runs()) {
        Group element = runs.addGroup(0).addGroup(0);
        element.add(IndexSchema.REGIONS, run.regions());
        element.add(IndexSchema.STORED, run.stored());
      }
    }
    return group;
  }

  private static void put(Group group, String name, DataType type, Object value) {
    if (value == null) {
      return;
    }
    if (type instanceof StringType) {
      group.add(name, Binary.fromConstantByteArray(((UTF8String) value).getBytes()));
    } else if (type instanceof BooleanType) {
      group.add(name, (boolean) (Boolean) value);
    } else if (type instanceof ArrayType array) {
      Group list = group.addGroup(name);
      for (Object element : (List<?>) value) {
        put(list.addGroup(0), "element", array.elementType(), element);
      }
    } else if (type instanceof MapType map) {
      Group entries = group.addGroup(name);
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        Group pair = entries.addGroup(0);
        put(pair, "key", map.keyType(), entry.getKey());
        put(pair, "value", map.valueType(), entry.getValue());
      }
    } else if (type instanceof StructType struct) {
      Group fields = group.addGroup(name);
      for (int i = 0; i < struct.length(); i++) {
        put(fields, struct.apply(i).name(), struct.apply(i).dataType(), ((Object[]) value)[i]);
      }
    } else {
      group.add(name, (long) (Long) value);
    }
  }

  /** A row of the columns that the group has. */
  static IndexRow decode(Group group, MessageType schema) {
    ObjectRow image = new ObjectRow(TableKind.IMAGES);
    for (StructField field : COLUMNS.fields()) {
      if (schema.containsField(field.name())) {
        image.set(field.name(), get(group, field.name(), field.dataType()));
      }
    }
    boolean hasAllocation =
        schema.containsField(IndexSchema.ALLOCATION) && has(group, IndexSchema.ALLOCATION);
    return new IndexRow(
        image,
        has(group, IndexSchema.ETAG) ? group.getString(IndexSchema.ETAG, 0) : null,
        group.getBoolean(IndexSchema.OPENED, 0),
        group.getBoolean(IndexSchema.SETTLED, 0),
        hasAllocation ? allocation(group.getGroup(IndexSchema.ALLOCATION, 0)) : null);
  }

  private static boolean has(Group group, String name) {
    return group.getFieldRepetitionCount(name) > 0;
  }

  private static AllocationRuns allocation(Group allocation) {
    Group list = allocation.getGroup(IndexSchema.RUNS, 0);
    List<AllocationRuns.Run> runs = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      Group run = list.getGroup(0, i).getGroup(0, 0);
      runs.add(
          new AllocationRuns.Run(
              run.getLong(IndexSchema.REGIONS, 0), run.getLong(IndexSchema.STORED, 0)));
    }
    return new AllocationRuns(allocation.getLong(IndexSchema.REGION_SIZE, 0), runs);
  }

  private static Object get(Group group, String name, DataType type) {
    if (!has(group, name)) {
      return null;
    }
    if (type instanceof StringType) {
      return UTF8String.fromBytes(group.getBinary(name, 0).getBytes());
    }
    if (type instanceof BooleanType) {
      return group.getBoolean(name, 0);
    }
    if (type instanceof ArrayType array) {
      Group list = group.getGroup(name, 0);
      List<Object> elements = new ArrayList<>();
      for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
        elements.add(get(list.getGroup(0, i), "element", array.elementType()));
      }
      return elements;
    }
    if (type instanceof MapType map) {
      Group list = group.getGroup(name, 0);
      Map<Object, Object> entries = new LinkedHashMap<>();
      for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
        Group pair = list.getGroup(0, i);
        entries.put(get(pair, "key", map.keyType()), get(pair, "value", map.valueType()));
      }
      return entries;
    }
    if (type instanceof StructType struct) {
      Group fields = group.getGroup(name, 0);
      Object[] values = new Object[struct.length()];
      for (int i = 0; i < values.length; i++) {
        values[i] = get(fields, struct.apply(i).name(), struct.apply(i).dataType());
      }
      return values;
    }
    return group.getLong(name, 0);
  }
}
