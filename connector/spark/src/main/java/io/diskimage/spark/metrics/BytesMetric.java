package io.diskimage.spark.metrics;

import java.util.Locale;

/** A sum of bytes over tasks, shown in binary units. */
public final class BytesMetric extends CountMetric {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  /** For the SQL UI. */
  public BytesMetric() {}

  BytesMetric(String name, String description) {
    super(name, description);
  }

  @Override
  public String aggregateTaskMetrics(long[] taskMetrics) {
    long sum = 0;
    for (long bytes : taskMetrics) {
      sum += bytes;
    }
    if (sum < 1024) {
      return sum + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(sum)) / 10 - 1;
    return String.format(
        Locale.ROOT, "%.1f %s", sum / (double) (1L << (10 * (unit + 1))), UNITS[unit]);
  }
}
