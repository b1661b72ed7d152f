package io.diskimage.spark.table;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Schemas of the tables, as {@code tables.sql} documents them. They are constant, so that planning
 * opens no image.
 *
 * <p>They are written out here and not parsed from {@code tables.sql}, because what Spark's parser
 * makes of TIMESTAMP and of reserved words depends on the session.
 */
public final class TableSchemas {
  /** Class, message and host offset in bytes of a problem. */
  public static final StructType ERROR =
      new StructType()
          .add("class", StringType)
          .add("message", StringType)
          .add("host_offset", LongType);

  private static final StructType NONE = new StructType();

  private static final StructType BLOCKS =
      path()
          .add("offset", LongType)
          .add("length", IntegerType)
          .add("allocated", BooleanType)
          .add("data", BinaryType);

  private static final StructType BLOCKS_METADATA =
      new StructType()
          .add("_kind", StringType)
          .add("_host_offset", LongType)
          .add("_host_length", LongType)
          .add("_depth", IntegerType)
          .add("_format", StringType)
          .add("_modified", TimestampType)
          .add("_partial", BooleanType)
          .add("_change_type", StringType)
          .add("_commit_version", StringType)
          .add("_commit_timestamp", TimestampType)
          .add("_error", ERROR);

  private static final StructType EXTENTS =
      path()
          .add("offset", LongType)
          .add("length", LongType)
          .add("allocated", BooleanType)
          .add("zero", BooleanType)
          .add("present", BooleanType)
          .add("compressed", BooleanType)
          .add("depth", IntegerType)
          .add("host_offset", LongType)
          .add("host_file", StringType);

  private static final StructType EXTENTS_METADATA = new StructType().add("_error", ERROR);

  private static final StructType IMAGES =
      path()
          .add("format", StringType)
          .add("format_version", StringType)
          .add("virtual_size", LongType)
          .add("host_size", LongType)
          .add("cluster_size", LongType)
          .add("allocated_size", LongType)
          .add("encrypted", BooleanType)
          .add("dirty", BooleanType)
          .add("corrupt", BooleanType)
          .add("backing_file", StringType)
          .add("backing_format", StringType)
          .add("data_file", StringType)
          .add("parent_id", StringType)
          .add("image_id", StringType)
          .add("snapshot_count", LongType)
          .add("bitmap_count", LongType)
          .add("features", DataTypes.createArrayType(StringType))
          .add("header", DataTypes.createMapType(StringType, StringType))
          .add("modified", TimestampType)
          .add("error", ERROR);

  private static final StructType SNAPSHOTS =
      path()
          .add("id", StringType)
          .add("name", StringType)
          .add("created", TimestampType)
          .add("vm_clock_ns", LongType)
          .add("vm_state_size", LongType)
          .add("virtual_size", LongType)
          .add("icount", LongType);

  private static final StructType BITMAPS =
      path()
          .add("name", StringType)
          .add("granularity", LongType)
          .add("enabled", BooleanType)
          .add("in_use", BooleanType)
          .add("dirty_bytes", LongType);

  private static final StructType REFERENCES =
      path()
          .add("kind", StringType)
          .add("target", StringType)
          .add("target_format", StringType)
          .add("target_id", StringType)
          .add("resolved", StringType)
          .add("exists", BooleanType)
          .add("risks", DataTypes.createArrayType(StringType));

  private static final StructType FINDINGS =
      path()
          .add("part", StringType)
          .add("kind", StringType)
          .add("severity", StringType)
          .add("offset", LongType)
          .add("host_offset", LongType)
          .add("length", LongType)
          .add("guest_length", LongType)
          .add("expected", StringType)
          .add("actual", StringType)
          .add("count", LongType)
          .add("repairable", BooleanType)
          .add("message", StringType);

  private static final StructType CHECKS =
      path()
          .add("format", StringType)
          .add("verdict", StringType)
          .add("corruptions", LongType)
          .add("leaks", LongType)
          .add("check_errors", LongType)
          .add("corruptions_fixed", LongType)
          .add("leaks_fixed", LongType)
          .add("image_end_offset", LongType)
          .add("total_clusters", LongType)
          .add("allocated_clusters", LongType)
          .add("fragmented_clusters", LongType)
          .add("compressed_clusters", LongType)
          .add("beyond_corruptions", LongType)
          .add("beyond_leaks", LongType)
          .add("reclaimable_bytes", LongType)
          .add("duration_ms", LongType)
          .add("error", ERROR);

  private TableSchemas() {}

  /** Columns of {@code SELECT *}. */
  public static StructType columns(TableKind table) {
    return switch (table) {
      case BLOCKS -> BLOCKS;
      case EXTENTS -> EXTENTS;
      case IMAGES -> IMAGES;
      case SNAPSHOTS -> SNAPSHOTS;
      case BITMAPS -> BITMAPS;
      case REFERENCES -> REFERENCES;
      case FINDINGS -> FINDINGS;
      case CHECKS -> CHECKS;
    };
  }

  /** Columns that are hidden unless named. */
  public static StructType metadata(TableKind table) {
    return switch (table) {
      case BLOCKS -> BLOCKS_METADATA;
      case EXTENTS -> EXTENTS_METADATA;
      case IMAGES, SNAPSHOTS, BITMAPS, REFERENCES, FINDINGS, CHECKS -> NONE;
    };
  }

  /** All columns, metadata columns behind the others: what ordinals count in. */
  public static StructType full(TableKind table) {
    StructType full = columns(table);
    for (var field : metadata(table).fields()) {
      full = full.add(field);
    }
    return full;
  }

  /**
   * Ordinal of a column in {@link #full}.
   *
   * @throws IllegalArgumentException if the table has no such column
   */
  public static int ordinal(TableKind table, String column) {
    int visible = columns(table).length();
    for (int i = 0; i < visible; i++) {
      if (columns(table).apply(i).name().equals(column)) {
        return i;
      }
    }
    return visible + metadata(table).fieldIndex(column);
  }

  /** Type of the column at an ordinal of {@link #full}. */
  public static DataType type(TableKind table, int ordinal) {
    int visible = columns(table).length();
    return ordinal < visible
        ? columns(table).apply(ordinal).dataType()
        : metadata(table).apply(ordinal - visible).dataType();
  }

  private static StructType path() {
    return new StructType().add("path", StringType, false);
  }
}
