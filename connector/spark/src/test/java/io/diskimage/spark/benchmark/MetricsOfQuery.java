package io.diskimage.spark.benchmark;

import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.apache.spark.sql.execution.metric.SQLMetric;
import scala.collection.Iterator;

/** Runs a query once and keeps what its scan counted. */
public final class MetricsOfQuery {
  private final Dataset<Row> rows;
  private final List<Row> result;
  private final double seconds;

  /** Runs the query. */
  public MetricsOfQuery(SparkSession spark, String query) {
    rows = spark.sql(query);
    long start = System.nanoTime();
    result = rows.collectAsList();
    seconds = (System.nanoTime() - start) / 1e9;
  }

  /** Its rows. */
  public List<Row> rows() {
    return result;
  }

  double seconds() {
    return seconds;
  }

  /** Sum of the scan metrics whose key begins with a word. */
  public long sum(String key) {
    return sum(rows.queryExecution().executedPlan(), key.toLowerCase(Locale.ROOT));
  }

  private static long sum(SparkPlan plan, String key) {
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      return sum(adaptive.executedPlan(), key);
    }
    if (plan instanceof QueryStageExec stage) {
      return sum(stage.plan(), key);
    }
    long total = 0;
    Iterator<String> keys = plan.metrics().keysIterator();
    while (keys.hasNext()) {
      String name = keys.next();
      if (name.toLowerCase(Locale.ROOT).startsWith(key)) {
        SQLMetric metric = plan.metrics().apply(name);
        total += metric.value();
      }
    }
    Iterator<SparkPlan> children = plan.children().iterator();
    while (children.hasNext()) {
      total += sum(children.next(), key);
    }
    return total;
  }
}
