package io.diskimage.examples;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What the check says of a fleet: the connector's tables {@code checks} and {@code findings} as
 * they are, and the sums over them. Every image is checked once for each of the two.
 */
final class FleetCheck {
  /** Verdicts from the worst to the best. */
  private static final String RANK =
      "array_position(array('corrupt', 'unreadable', 'unstable', 'leaks', 'unsupported', 'clean'),"
          + " verdict)";

  private static final String SUMS =
      """
      count(*) AS files,
      sum(corruptions) AS corruptions,
      sum(leaks) AS leaks,
      sum(check_errors) AS check_errors,
      sum(beyond_corruptions) AS beyond_corruptions,
      sum(beyond_leaks) AS beyond_leaks,
      sum(reclaimable_bytes) AS reclaimable_bytes
      """;

  private final SparkSession spark;
  private final Map<String, Dataset<Row>> tables = new LinkedHashMap<>();

  private FleetCheck(FleetTables fleet, DirectoryGroups groups, UnaryOperator<Dataset<Row>> keep) {
    this.spark = fleet.spark();
    Dataset<Row> checks = keep.apply(fleet.checks());
    Dataset<Row> findings = keep.apply(fleet.findings());
    checks.withColumn("directory", groups.directory()).createOrReplaceTempView("report_checks");
    findings.createOrReplaceTempView("report_findings");
    keep.apply(fleet.references()).createOrReplaceTempView("report_references");
    tables.put("checks", checks);
    tables.put("findings", findings);
    tables.put("verdicts", verdicts());
    tables.put("directories", directories());
    tables.put("kinds", kinds());
    tables.put("exposure", exposure());
  }

  /**
   * Prepares the tables; nothing is checked before one of them is read.
   *
   * @param keep persists a table that is read more than once
   */
  static FleetCheck of(
      FleetTables fleet, DirectoryGroups groups, UnaryOperator<Dataset<Row>> keep) {
    return new FleetCheck(fleet, groups, keep);
  }

  /** The tables by name, in the order of the report. */
  Map<String, Dataset<Row>> tables() {
    return tables;
  }

  /** All checked files, the worst first. */
  Dataset<Row> worstFirst() {
    return spark.sql(
        """
        SELECT *
        FROM report_checks
        ORDER BY %s, corruptions + beyond_corruptions DESC, leaks + beyond_leaks DESC, path
        """
            .formatted(RANK));
  }

  /** Pointers out of files that carry a risk. */
  Dataset<Row> risky() {
    return spark.sql(
        """
        SELECT path, kind, target, risks
        FROM report_references
        WHERE size(risks) > 0
        ORDER BY path, kind, target
        """);
  }

  /** One row: the sums over all files. */
  Row totals() {
    return spark.sql("SELECT " + SUMS + " FROM report_checks").head();
  }

  private Dataset<Row> verdicts() {
    return spark.sql(
        """
        SELECT verdict, %s
        FROM report_checks
        GROUP BY verdict
        ORDER BY %s
        """
            .formatted(SUMS, RANK));
  }

  private Dataset<Row> directories() {
    return spark.sql(
        """
        SELECT directory,
               count_if(verdict = 'clean') AS clean,
               count_if(verdict = 'leaks') AS leaking,
               count_if(verdict = 'corrupt') AS corrupt,
               count_if(verdict IN ('unreadable', 'unstable')) AS unreadable,
               %s
        FROM report_checks
        GROUP BY directory
        ORDER BY directory
        """
            .formatted(SUMS));
  }

  private Dataset<Row> kinds() {
    return spark.sql(
        """
        SELECT kind, severity, count(DISTINCT path) AS images, sum(`count`) AS findings,
               bool_or(repairable) AS repairable
        FROM report_findings
        GROUP BY kind, severity
        ORDER BY array_position(array('corruption', 'error', 'leak', 'warning', 'info'), severity),
                 findings DESC, kind
        """);
  }

  private Dataset<Row> exposure() {
    return spark.sql(
        """
        SELECT risk, count(DISTINCT path) AS images, count(*) AS `references`
        FROM report_references LATERAL VIEW explode(risks) AS risk
        GROUP BY risk
        ORDER BY images DESC, risk
        """);
  }
}
