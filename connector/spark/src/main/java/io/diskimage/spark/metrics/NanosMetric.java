package io.diskimage.spark.metrics;

import java.util.Locale;

/** A sum of nanoseconds over tasks, shown in seconds. */
public final class NanosMetric extends CountMetric {

  /** For the SQL UI. */
  public NanosMetric() {}

  NanosMetric(String name, String description) {
    super(name, description);
  }

  @Override
  public String aggregateTaskMetrics(long[] taskMetrics) {
    long sum = 0;
    for (long nanos : taskMetrics) {
      sum += nanos;
    }
    return String.format(Locale.ROOT, "%.3f s", sum / 1e9);
  }
}
