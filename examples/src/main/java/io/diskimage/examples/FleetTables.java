package io.diskimage.examples;

import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The connector's tables as the report reads them.
 *
 * @param spark the session they belong to
 * @param images a row per file
 * @param blocks a row per block of 64 KiB, its hidden columns spelled out; problems are rows, too
 * @param checks a row per file
 * @param findings a row per problem that the check found
 * @param references a row per pointer out of a file
 */
record FleetTables(
    SparkSession spark,
    Dataset<Row> images,
    Dataset<Row> blocks,
    Dataset<Row> checks,
    Dataset<Row> findings,
    Dataset<Row> references) {
  /** Bytes of a block that is compared. */
  static final int BLOCK_SIZE = 1 << 16;

  /** The tables of the images below some paths, checked at a level. */
  static FleetTables of(SparkSession spark, List<String> paths, CheckDepth level) {
    String[] loaded = paths.toArray(String[]::new);
    return new FleetTables(
        spark,
        table(spark, "images").load(loaded),
        table(spark, "blocks")
            .option("blockSize", BLOCK_SIZE)
            .option("mode", "PERMISSIVE")
            .load(loaded)
            .select("path", "offset", "length", "allocated", "data", "_format", "_error"),
        table(spark, "checks").option("level", level.toString()).load(loaded),
        table(spark, "findings").option("level", level.toString()).load(loaded),
        table(spark, "references").load(loaded));
  }

  private static DataFrameReader table(SparkSession spark, String name) {
    return spark.read().format("diskimage").option("table", name);
  }
}
