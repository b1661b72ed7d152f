package io.diskimage.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The tables of a check, filled by hand; only the columns that reports look at. */
final class CheckRows {
  static final StructType CHECKS =
      StructType.fromDDL(
          "path STRING, format STRING, verdict STRING, corruptions BIGINT, leaks BIGINT,"
              + " check_errors BIGINT, beyond_corruptions BIGINT, beyond_leaks BIGINT,"
              + " reclaimable_bytes BIGINT");
  static final StructType FINDINGS =
      StructType.fromDDL(
          "path STRING, kind STRING, severity STRING, `count` BIGINT, repairable BOOLEAN");
  static final StructType REFERENCES =
      StructType.fromDDL("path STRING, kind STRING, target STRING, risks ARRAY<STRING>");

  private final List<Row> checks = new ArrayList<>();
  private final List<Row> findings = new ArrayList<>();
  private final List<Row> references = new ArrayList<>();

  /** An image with corruptions, leaks and leaks that QEMU does not see. */
  CheckRows image(String path, String verdict, long corruptions, long leaks, long beyondLeaks) {
    long reclaimable = 100 * (leaks + beyondLeaks);
    checks.add(
        RowFactory.create(
            path, "x", verdict, corruptions, leaks, 0L, 0L, beyondLeaks, reclaimable));
    return this;
  }

  /** A file of which nothing was counted. */
  CheckRows uncounted(String path, String verdict) {
    checks.add(RowFactory.create(path, null, verdict, null, null, null, null, null, null));
    return this;
  }

  CheckRows finding(String path, String kind, String severity, long count) {
    findings.add(RowFactory.create(path, kind, severity, count, severity.equals("leak")));
    return this;
  }

  CheckRows reference(String path, String target, String... risks) {
    references.add(RowFactory.create(path, "backing file", target, Arrays.asList(risks)));
    return this;
  }

  Dataset<Row> checks(SparkSession spark) {
    return spark.createDataFrame(checks, CHECKS);
  }

  Dataset<Row> findings(SparkSession spark) {
    return spark.createDataFrame(findings, FINDINGS);
  }

  /** What a report grouped by the first directories below {@code /vm} makes of them. */
  FleetCheck check(SparkSession spark) {
    FleetTables fleet =
        new FleetTables(
            spark,
            null,
            null,
            checks(spark),
            findings(spark),
            spark.createDataFrame(references, REFERENCES));
    return FleetCheck.of(fleet, new DirectoryGroups(List.of("/vm"), 1), table -> table);
  }
}
