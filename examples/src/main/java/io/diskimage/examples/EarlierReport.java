package io.diskimage.examples;

import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The tables {@code checks} and {@code findings} that an earlier report wrote.
 *
 * @param checks a row per file
 * @param findings a row per problem
 */
record EarlierReport(Dataset<Row> checks, Dataset<Row> findings) {

  /** Those below a directory; fails at once if they are not there. */
  static EarlierReport below(SparkSession spark, String directory) {
    return new EarlierReport(
        spark.read().parquet(directory + "/checks"), spark.read().parquet(directory + "/findings"));
  }

  /**
   * What changed from then to now.
   *
   * @param keep persists a table that is read more than once
   */
  FleetChanges changesTo(FleetCheck now, UnaryOperator<Dataset<Row>> keep) {
    return new FleetChanges(
        keep.apply(verdicts(now.tables().get("checks"))),
        keep.apply(kinds(now.tables().get("findings"))));
  }

  private Dataset<Row> verdicts(Dataset<Row> now) {
    checks.createOrReplaceTempView("earlier_checks");
    now.createOrReplaceTempView("current_checks");
    return now.sparkSession()
        .sql(
            """
            SELECT path,
                   CASE WHEN earlier.verdict IS NULL THEN 'new'
                        WHEN current.verdict IS NULL THEN 'gone'
                        ELSE 'changed' END AS change,
                   earlier.verdict AS before,
                   current.verdict AS now
            FROM earlier_checks AS earlier
            FULL JOIN current_checks AS current USING (path)
            WHERE earlier.verdict IS DISTINCT FROM current.verdict
            """);
  }

  private Dataset<Row> kinds(Dataset<Row> now) {
    findings.createOrReplaceTempView("earlier_findings");
    now.createOrReplaceTempView("current_findings");
    return now.sparkSession()
        .sql(
            """
            WITH earlier AS (
              SELECT path, kind, sum(`count`) AS findings
              FROM earlier_findings
              GROUP BY path, kind),
            current AS (
              SELECT path, kind, sum(`count`) AS findings
              FROM current_findings
              GROUP BY path, kind)
            SELECT path,
                   kind,
                   CASE WHEN earlier.findings IS NULL THEN 'new'
                        WHEN current.findings IS NULL THEN 'gone'
                        ELSE 'changed' END AS change,
                   earlier.findings AS before,
                   current.findings AS now
            FROM earlier
            FULL JOIN current USING (path, kind)
            WHERE earlier.findings IS DISTINCT FROM current.findings
            """);
  }
}
