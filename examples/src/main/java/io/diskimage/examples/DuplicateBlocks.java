package io.diskimage.examples;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * Finds blocks stored more than once. All grouping is done by the executors: what reaches the
 * driver does not grow with the number of blocks. Keys and values are of fixed width (hashes in
 * place of paths and formats), so that Spark aggregates by hashing, not by sorting.
 */
final class DuplicateBlocks {
  /** One in so many block offsets is in the sample. */
  static final int SAMPLE_ONE_IN = 100;

  private DuplicateBlocks() {}

  /**
   * One row with {@code failed_path} NULL, which sums up all blocks that could be read, and a row
   * for each stored block that could not.
   */
  static Dataset<Row> find(FleetTables fleet, DedupMode mode) {
    SparkSession spark = fleet.spark();
    fleet.blocks().createOrReplaceTempView("fleet_blocks");
    spark.udf().register("block_digest", functions.udf(new BlockDigest(), DataTypes.BinaryType));
    Dataset<Row> digests =
        spark.sql(
            """
            SELECT digest, length, failed_path, message,
                   count(*) AS copies,
                   min(image) <> max(image) AS in_images,
                   min(format) <> max(format) AS in_formats
            FROM (
              SELECT length,
                     block_digest(data) AS digest,
                     xxhash64(path) AS image,
                     xxhash64(_format) AS format,
                     CASE WHEN _error IS NOT NULL THEN path END AS failed_path,
                     _error.message AS message
              FROM fleet_blocks
              WHERE allocated %s)
            GROUP BY digest, length, failed_path, message
            """
                .formatted(condition(mode)));
    digests.createOrReplaceTempView("block_digests");
    return spark.sql(
        """
        SELECT failed_path, message,
               sum(copies) AS blocks,
               coalesce(sum(copies) FILTER (WHERE data), 0) AS data_blocks,
               coalesce(sum(copies * length) FILTER (WHERE data), 0) AS data_bytes,
               count(*) FILTER (WHERE data) AS distinct_blocks,
               coalesce(sum(length) FILTER (WHERE data), 0) AS distinct_bytes,
               coalesce(sum(copies) FILTER (WHERE data AND in_images), 0) AS in_images_blocks,
               coalesce(sum(copies * length) FILTER (WHERE data AND in_images), 0)
                 AS in_images_bytes,
               coalesce(sum(copies) FILTER (WHERE data AND in_formats), 0) AS in_formats_blocks,
               coalesce(sum(copies * length) FILTER (WHERE data AND in_formats), 0)
                 AS in_formats_bytes,
               coalesce(sum(copies) FILTER (WHERE zero), 0) AS zero_blocks,
               coalesce(sum(copies * length) FILTER (WHERE zero), 0) AS zero_bytes
        FROM (SELECT *, octet_length(digest) > 0 AS data, octet_length(digest) = 0 AS zero
              FROM block_digests)
        GROUP BY failed_path, message
        """);
  }

  /**
   * What was found, in a row for each measure; the share is that of all stored bytes that are not
   * zero. Without rows if nothing was read. Expects what {@link #find} gives as the view {@code
   * hashed}.
   */
  static Dataset<Row> measures(FleetTables fleet, DedupMode mode) {
    return fleet
        .spark()
        .sql(
            """
            WITH sums AS (
              SELECT coalesce(sum(data_blocks), 0) AS data_blocks,
                     coalesce(sum(data_bytes), 0) AS data_bytes,
                     coalesce(sum(distinct_blocks), 0) AS distinct_blocks,
                     coalesce(sum(distinct_bytes), 0) AS distinct_bytes,
                     coalesce(sum(in_images_blocks), 0) AS in_images_blocks,
                     coalesce(sum(in_images_bytes), 0) AS in_images_bytes,
                     coalesce(sum(in_formats_blocks), 0) AS in_formats_blocks,
                     coalesce(sum(in_formats_bytes), 0) AS in_formats_bytes,
                     coalesce(sum(zero_blocks), 0) AS zero_blocks,
                     coalesce(sum(zero_bytes), 0) AS zero_bytes,
                     coalesce(sum(blocks) FILTER (WHERE failed_path IS NOT NULL), 0)
                       AS unreadable_blocks
              FROM hashed),
            measures AS (
              SELECT data_bytes, stack(7,
                'data', data_blocks, data_bytes,
                'distinct', distinct_blocks, distinct_bytes,
                'duplicate', data_blocks - distinct_blocks, data_bytes - distinct_bytes,
                'in several images', in_images_blocks, in_images_bytes,
                'in several formats', in_formats_blocks, in_formats_bytes,
                'zero', zero_blocks, zero_bytes,
                'unreadable', unreadable_blocks, CAST(NULL AS BIGINT)
              ) AS (measure, blocks, bytes)
              FROM sums)
            SELECT measure, blocks, bytes,
                   CASE WHEN measure NOT IN ('zero', 'unreadable') AND data_bytes > 0
                        THEN bytes / data_bytes END AS share,
                   '%s' AS mode
            FROM measures
            WHERE '%s' <> 'off'
            """
                .formatted(mode, mode));
  }

  /** A measure for people. */
  static String label(String measure) {
    return switch (measure) {
      case "data" -> "stored, not all zero";
      case "distinct" -> "  distinct contents";
      case "duplicate" -> "  duplicates: copies beyond the first";
      case "in several images" -> "  in contents found in several images";
      case "in several formats" -> "  in contents found in several formats";
      case "zero" -> "stored, all zero";
      case "unreadable" -> "stored, not readable";
      default -> measure;
    };
  }

  /**
   * A sample takes the same offsets in every image. A sample of single blocks would hardly ever
   * hold both copies of a block, and so find no duplicates; clones have theirs at equal offsets.
   */
  private static String condition(DedupMode mode) {
    return switch (mode) {
      case SAMPLE -> "AND pmod(xxhash64(`offset`), " + SAMPLE_ONE_IN + ") = 0";
      case OFF -> "AND false";
      case FULL, AUTO -> "";
    };
  }
}
