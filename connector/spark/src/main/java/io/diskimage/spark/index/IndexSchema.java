package io.diskimage.spark.index;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.util.Collection;
import java.util.List;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/** Columns of the Parquet files: those of {@code images}, and what an index adds. */
final class IndexSchema {
  static final int PATH = ordinal("path");
  static final int HOST_SIZE = ordinal("host_size");
  static final int MODIFIED = ordinal("modified");
  static final int ALLOCATED_SIZE = ordinal("allocated_size");

  static final int ERROR = ordinal("error");

  static final String ETAG = "etag";
  static final String OPENED = "opened";
  static final String SETTLED = "settled";
  static final String ALLOCATION = "allocation";
  static final String REGION_SIZE = "region_size";
  static final String RUNS = "runs";
  static final String REGIONS = "regions";
  static final String STORED = "stored";

  /** What every row is read with: which file it is of, and whether it counts. */
  static final List<String> IDENTITY =
      List.of("path", "host_size", "modified", ETAG, OPENED, SETTLED);

  static final MessageType FULL = full();

  static final List<String> COLUMNS = FULL.getFields().stream().map(Type::getName).toList();

  private IndexSchema() {}

  private static int ordinal(String column) {
    return TableSchemas.ordinal(TableKind.IMAGES, column);
  }

  private static MessageType full() {
    Types.MessageTypeBuilder schema = Types.buildMessage();
    for (StructField field : TableSchemas.columns(TableKind.IMAGES).fields()) {
      schema.addField(type(field.name(), field.dataType()));
    }
    return schema
        .addField(type(ETAG, DataTypes.StringType))
        .required(BOOLEAN)
        .named(OPENED)
        .required(BOOLEAN)
        .named(SETTLED)
        .addField(allocation())
        .named("diskimage_index");
  }

  private static Type type(String name, DataType type) {
    if (type instanceof LongType) {
      return Types.optional(INT64).named(name);
    }
    if (type instanceof TimestampType) {
      return Types.optional(INT64).as(timestampType(true, TimeUnit.MICROS)).named(name);
    }
    if (type instanceof BooleanType) {
      return Types.optional(BOOLEAN).named(name);
    }
    if (type instanceof StringType) {
      return Types.optional(BINARY).as(stringType()).named(name);
    }
    if (type instanceof ArrayType array) {
      return Types.optionalList().element(type("element", array.elementType())).named(name);
    }
    if (type instanceof MapType) {
      return Types.optionalMap()
          .key(BINARY)
          .as(stringType())
          .optionalValue(BINARY)
          .as(stringType())
          .named(name);
    }
    if (type instanceof StructType struct) {
      Types.GroupBuilder<GroupType> group = Types.optionalGroup();
      for (StructField field : struct.fields()) {
        group.addField(type(field.name(), field.dataType()));
      }
      return group.named(name);
    }
    throw new IllegalStateException("no Parquet type of " + type);
  }

  private static Type allocation() {
    GroupType run =
        Types.requiredGroup()
            .required(INT64)
            .named(REGIONS)
            .required(INT64)
            .named(STORED)
            .named("element");
    return Types.optionalGroup()
        .required(INT64)
        .named(REGION_SIZE)
        .addField(Types.requiredList().element(run).named(RUNS))
        .named(ALLOCATION);
  }

  /** The schema of some columns, in the order of the file. */
  static MessageType of(Collection<String> columns) {
    List<Type> fields =
        FULL.getFields().stream().filter(field -> columns.contains(field.getName())).toList();
    return new MessageType(FULL.getName(), fields);
  }
}
