package io.diskimage.spark.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.junit.jupiter.api.Test;

class ScanMetricsTest {
  @Test
  void theSqlUiCanMakeEveryMetricByTheNameOfItsClass() throws ReflectiveOperationException {
    for (CustomMetric metric : ScanMetrics.all()) {
      CustomMetric again =
          Class.forName(metric.getClass().getName())
              .asSubclass(CustomMetric.class)
              .getConstructor()
              .newInstance();
      long[] values = {1500, 1500};
      assertThat(again.aggregateTaskMetrics(values))
          .isEqualTo(metric.aggregateTaskMetrics(values))
          .isIn("3000", "2.9 KiB", "0.000 s");
      assertThat(metric.description()).isNotEmpty();
    }
  }

  @Test
  void unitsAreReadable() {
    BytesMetric bytes = new BytesMetric();
    assertThat(
            List.of(
                bytes.aggregateTaskMetrics(new long[] {}),
                bytes.aggregateTaskMetrics(new long[] {1023}),
                bytes.aggregateTaskMetrics(new long[] {1024}),
                bytes.aggregateTaskMetrics(new long[] {3L << 39, 0}),
                bytes.aggregateTaskMetrics(new long[] {Long.MAX_VALUE})))
        .containsExactly("0 B", "1023 B", "1.0 KiB", "1.5 TiB", "8.0 EiB");
    assertThat(new NanosMetric().aggregateTaskMetrics(new long[] {1_500_000_000L}))
        .isEqualTo("1.500 s");
  }

  @Test
  void valuesCarryTheNamesOfTheMetrics() {
    ScanMetrics metrics = new ScanMetrics();
    metrics.add(ScanMetric.READS, 2);
    metrics.add(ScanMetric.READS, 3);
    metrics.set(ScanMetric.DATA_BYTES, 7);

    assertThat(metrics.values())
        .extracting(metric -> metric.name() + "=" + metric.value())
        .containsExactlyInAnyOrder("reads=5", "dataBytes=7");
    assertThat(Arrays.stream(ScanMetrics.all()).map(CustomMetric::name))
        .contains("reads", "dataBytes")
        .doesNotHaveDuplicates();
  }
}
