package io.diskimage.spark.procedures;

import static org.apache.spark.sql.functions.expr;

import io.diskimage.format.check.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * The check of a fleet by the table {@code checks}.
 *
 * @param catalog name of the catalog
 * @param path file, directory or glob
 * @param level null for the option of the session or the catalog
 */
record FleetCheck(String catalog, String path, String level) {
  /** What is wrong and not what is unknown comes first. */
  private static final List<Verdict> WORST_LAST =
      List.of(
          Verdict.CLEAN,
          Verdict.UNSUPPORTED,
          Verdict.LEAKS,
          Verdict.UNSTABLE,
          Verdict.UNREADABLE,
          Verdict.CORRUPT);

  private static final List<String> COUNTERS =
      List.of(
          "corruptions",
          "leaks",
          "check_errors",
          "beyond_corruptions",
          "beyond_leaks",
          "reclaimable_bytes");

  private static final StructType RESULT = result();

  private static StructType result() {
    StructType schema =
        new StructType()
            .add("entry", DataTypes.StringType)
            .add("verdict", DataTypes.StringType)
            .add("format", DataTypes.StringType)
            .add("images", DataTypes.LongType);
    for (String counter : COUNTERS) {
      schema = schema.add(counter, DataTypes.LongType);
    }
    return schema.add("path", DataTypes.StringType).add("message", DataTypes.StringType);
  }

  /**
   * Checks every image once.
   *
   * @param limit images that are listed
   * @return a row per verdict and format, the worst images, and a row that counts the images that
   *     are neither clean nor listed
   */
  LocalRows run(int limit) {
    SparkSession spark = SparkSession.active();
    Dataset<Row> checks =
        reader(spark).table(table()).select(columns("verdict", "format", "path", "error.message"));
    // Not cached as a table: another query of the session must not be given these rows.
    JavaRDD<Row> rows = checks.javaRDD().persist(StorageLevel.MEMORY_AND_DISK());
    try {
      return result(spark.createDataFrame(rows, checks.schema()), limit);
    } finally {
      rows.unpersist(false);
    }
  }

  private DataFrameReader reader(SparkSession spark) {
    return level == null ? spark.read() : spark.read().option("level", level);
  }

  private String table() {
    return List.of(catalog, path, "checks").stream()
        .map(name -> "`" + name.replace("`", "``") + "`")
        .collect(Collectors.joining("."));
  }

  private static LocalRows result(Dataset<Row> checks, int limit) {
    List<Object[]> entries = new ArrayList<>();
    long faulty = 0;
    for (Row group : summary(checks)) {
      entries.add(entry("summary", group));
      faulty += isClean(group) ? 0 : group.<Long>getAs("images");
    }
    List<Row> worst = worst(checks, limit);
    worst.forEach(image -> entries.add(entry("image", image)));
    Object[] rest = new Object[RESULT.length()];
    rest[RESULT.fieldIndex("entry")] = "unlisted";
    rest[RESULT.fieldIndex("images")] = faulty - worst.size();
    entries.add(rest);
    return new LocalRows(RESULT, entries);
  }

  private static boolean isClean(Row group) {
    return group.getAs("verdict").equals(Verdict.CLEAN.label());
  }

  private static List<Row> summary(Dataset<Row> checks) {
    List<Column> sums = new ArrayList<>();
    COUNTERS.forEach(counter -> sums.add(expr("sum(" + counter + ")").as(counter)));
    return checks
        .groupBy("verdict", "format")
        .agg(expr("count(*)").as("images"), sums.toArray(Column[]::new))
        .orderBy(badness().desc(), expr("format").asc_nulls_last())
        .collectAsList();
  }

  private static List<Row> worst(Dataset<Row> checks, int limit) {
    return checks
        .where(expr("verdict").notEqual(Verdict.CLEAN.label()))
        .orderBy(
            badness().desc(),
            expr("corruptions + beyond_corruptions").desc_nulls_last(),
            expr("leaks + beyond_leaks").desc_nulls_last(),
            expr("reclaimable_bytes").desc_nulls_last(),
            expr("path").asc())
        .limit(limit)
        .withColumn("images", expr("1L"))
        .collectAsList();
  }

  private static Column badness() {
    return expr(
        WORST_LAST.stream()
            .map(verdict -> "'" + verdict.label() + "'")
            .collect(Collectors.joining(", ", "array_position(array(", "), verdict)")));
  }

  private static Column[] columns(String... others) {
    List<Column> columns = new ArrayList<>();
    COUNTERS.forEach(counter -> columns.add(expr(counter)));
    for (String other : others) {
      columns.add(expr(other));
    }
    return columns.toArray(Column[]::new);
  }

  /** A row of the result from the columns that a row has. */
  private static Object[] entry(String kind, Row row) {
    List<String> known = List.of(row.schema().fieldNames());
    Object[] values = new Object[RESULT.length()];
    values[RESULT.fieldIndex("entry")] = kind;
    for (String column : RESULT.fieldNames()) {
      if (known.contains(column)) {
        values[RESULT.fieldIndex(column)] = row.getAs(column);
      }
    }
    return values;
  }
}
