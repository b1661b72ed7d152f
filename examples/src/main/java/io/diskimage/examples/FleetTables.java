package io.diskimage.examples;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The connector's tables as the report reads them.
 *
 * @param spark the session they belong to
 * @param images a row per file
 * @param blocks a row per block of 64 KiB, its hidden columns spelled out; problems are rows, too
 */
record FleetTables(SparkSession spark, Dataset<Row> images, Dataset<Row> blocks) {
  /** Bytes of a block that is compared. */
  static final int BLOCK_SIZE = 1 << 16;

  /** The tables of the images below some paths. */
  static FleetTables of(SparkSession spark, List<String> paths) {
    String[] loaded = paths.toArray(String[]::new);
    return new FleetTables(
        spark,
        spark.read().format("diskimage").option("table", "images").load(loaded),
        spark
            .read()
            .format("diskimage")
            .option("blockSize", BLOCK_SIZE)
            .option("mode", "PERMISSIVE")
            .load(loaded)
            .select("path", "offset", "length", "allocated", "data", "_format", "_error"));
  }
}
