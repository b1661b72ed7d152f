package io.diskimage.spark.metrics;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;

/** What one reader counted; changed once per image or batch, never per row. Not thread-safe. */
public final class ScanMetrics {
  private final Map<ScanMetric, Long> counts = new EnumMap<>(ScanMetric.class);

  private record TaskMetric(String name, long value) implements CustomTaskMetric {}

  /** All metrics, for {@code Scan.supportedCustomMetrics()}. */
  public static CustomMetric[] all() {
    return Arrays.stream(ScanMetric.values()).map(ScanMetric::custom).toArray(CustomMetric[]::new);
  }

  /** Adds to a count. */
  public void add(ScanMetric metric, long amount) {
    counts.merge(metric, amount, Long::sum);
  }

  /** Replaces a count that is kept elsewhere. */
  public void set(ScanMetric metric, long value) {
    counts.put(metric, value);
  }

  /** The value so far. */
  public long get(ScanMetric metric) {
    return counts.getOrDefault(metric, 0L);
  }

  /** All values so far, for {@code PartitionReader.currentMetricsValues()}. */
  public CustomTaskMetric[] values() {
    return counts.entrySet().stream()
        .map(count -> new TaskMetric(count.getKey().label(), count.getValue()))
        .toArray(CustomTaskMetric[]::new);
  }
}
