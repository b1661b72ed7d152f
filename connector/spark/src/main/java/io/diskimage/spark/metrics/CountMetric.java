package io.diskimage.spark.metrics;

import org.apache.spark.sql.connector.metric.CustomSumMetric;

/**
 * A sum over tasks. One class serves all metrics of a unit: a scan reports instances with their
 * names, and the SQL UI makes another, by the class's name, only to format the tasks' values.
 */
public class CountMetric extends CustomSumMetric {
  private final String name;
  private final String description;

  /** For the SQL UI, which only calls {@link #aggregateTaskMetrics}. */
  public CountMetric() {
    this("", "");
  }

  CountMetric(String name, String description) {
    this.name = name;
    this.description = description;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }
}
