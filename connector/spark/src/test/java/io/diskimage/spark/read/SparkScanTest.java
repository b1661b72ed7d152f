package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ExtentKind;
import io.diskimage.spark.LocalSpark;
import io.diskimage.spark.cache.CacheStats;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.metrics.ScanMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The readers in Spark: what tasks share, leave behind, and report. */
class SparkScanTest {
  private static final int CLUSTER = 64 << 10;

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private Dataset<Row> read(Map<String, String> options) {
    return LocalSpark.session()
        .read()
        .format("diskimage")
        .options(options)
        .load(directory.toString());
  }

  private static Row row(Object... values) {
    return RowFactory.create(values);
  }

  /** 256 clusters of data and as many of nothing. */
  private Path half() throws IOException {
    long stored = 256L * CLUSTER;
    return new ModelDisk(
            CLUSTER,
            2 * stored,
            List.of(
                new ModelDisk.Run(0, stored, ExtentKind.DATA, ModelDisk.HEADER_BYTES),
                new ModelDisk.Run(stored, stored, ExtentKind.UNALLOCATED, -1)))
        .write(directory.resolve("half.model"));
  }

  private static long metric(Dataset<Row> rows, ScanMetric metric) {
    SparkPlan scan = rows.queryExecution().executedPlan().collectLeaves().head();
    SQLMetric value = scan.metrics().get(metric.label()).get();
    return value.value();
  }

  @Test
  void anImageIsOpenedOnceForAllItsSlices() throws IOException {
    half();
    CacheStats before = ImageCache.get().stats();
    Dataset<Row> rows =
        read(Map.of("maxPartitionBytes", "1m", "openCostInBytes", "0")).selectExpr("crc32(data)");
    int tasks = rows.javaRDD().getNumPartitions();
    assertThat(tasks).isGreaterThan(10);

    assertThat(rows.collectAsList()).hasSize(512);
    CacheStats after = ImageCache.get().stats();
    assertThat(after.opened() - before.opened()).isEqualTo(1);
    assertThat(after.hits() - before.hits()).isEqualTo(tasks - 1);
    assertThat(after.leases()).isZero();
  }

  @Test
  void metricsReachThePlan() throws IOException {
    half();
    Dataset<Row> rows =
        read(Map.of("maxPartitionBytes", "4m", "openCostInBytes", "0"))
            .where("allocated")
            .selectExpr("crc32(data)");
    // The rows of this plan, not of a copy of it.
    long count = rows.queryExecution().executedPlan().executeCollectPublic().length;

    assertThat(count).isEqualTo(256);
    assertThat(metric(rows, ScanMetric.BLOCKS)).isEqualTo(256);
    assertThat(metric(rows, ScanMetric.BLOCKS_SKIPPED)).isEqualTo(256);
    assertThat(metric(rows, ScanMetric.IMAGES_OPENED)).isEqualTo(1);
    assertThat(metric(rows, ScanMetric.CACHE_HITS)).isPositive();
    assertThat(metric(rows, ScanMetric.DATA_BYTES)).isEqualTo(256L * CLUSTER);
    assertThat(metric(rows, ScanMetric.READS)).as("coalesced").isLessThan(64);
    assertThat(metric(rows, ScanMetric.WAIT_TIME)).isPositive();
  }

  @Test
  void dataIsReadOnlyForRowsThatOtherColumnsLeave() throws IOException {
    half();
    Dataset<Row> rows =
        read(Map.of()).where("length(path) < 0 AND crc32(data) > 0").selectExpr("crc32(data)");

    assertThat(rows.queryExecution().executedPlan().executeCollectPublic()).isEmpty();
    assertThat(metric(rows, ScanMetric.BLOCKS)).isEqualTo(512);
    assertThat(metric(rows, ScanMetric.DATA_BYTES)).isZero();
  }

  @Test
  void aTaskThatEndsEarlyLeavesNothingOpen() throws IOException {
    half();

    assertThat(read(Map.of()).selectExpr("crc32(data)").limit(1).collectAsList()).hasSize(1);
    assertThat(ImageCache.get().stats().leases()).isZero();
  }

  @Test
  void aFailedTaskLeavesNothingOpenAndNamesFileAndPlace() throws IOException {
    Path file =
        new ModelDisk(
                512,
                1024,
                List.of(
                    new ModelDisk.Run(0, 512, ExtentKind.UNALLOCATED, -1),
                    new ModelDisk.Run(512, 512, null, -1)))
            .write(directory.resolve("damaged.model"));

    assertThatThrownBy(() -> read(Map.of()).where("allocated").count())
        .hasStackTraceContaining("file:" + file)
        .hasStackTraceContaining("host offset 16");
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(read(Map.of("mode", "PERMISSIVE")).where("allocated IS NULL").count()).isEqualTo(1);
  }

  @Test
  void aggregatesEqualThoseThatSparkComputes() throws IOException {
    for (int round = 0; round < 3; round++) {
      long seed = new Random().nextLong();
      Random random = new Random(seed);
      ModelDisk disk = ModelDisk.random(random, 4096, 1 + random.nextInt(50), true);
      Path file = disk.write(directory.resolve("random.model"));
      disk.refusing().write(directory.resolve("refused.model"));
      String mode = random.nextBoolean() ? "PERMISSIVE" : "DROPMALFORMED";
      Dataset<Row> rows =
          read(
              Map.of(
                  "mode",
                  mode,
                  "blockSize",
                  Integer.toString(512 * (1 + random.nextInt(30))),
                  "maxPartitionBytes",
                  "20000",
                  "openCostInBytes",
                  "0"));
      String[] functions = {
        "count(*) AS n",
        "count(`offset`) AS located",
        "sum(length) AS bytes",
        "min(`offset`) AS first",
        "max(`offset`) AS last",
        "count_if(allocated) AS stored"
      };
      // A column that cannot be pushed keeps the aggregation in Spark.
      Dataset<Row> unpushed = rows.where("length(path) > 0");

      assertThat(rows.selectExpr(functions).collectAsList())
          .as("seed %d, %s", seed, mode)
          .isEqualTo(unpushed.selectExpr(functions).collectAsList());
      for (String group : List.of("path", "allocated")) {
        rows.createOrReplaceTempView("pushed");
        unpushed.createOrReplaceTempView("unpushed");
        String query =
            "SELECT " + group + ", " + String.join(", ", functions) + " FROM %s GROUP BY 1";
        assertThat(LocalSpark.session().sql(query.formatted("pushed")).collectAsList())
            .as("seed %d, %s by %s", seed, mode, group)
            .containsExactlyInAnyOrderElementsOf(
                LocalSpark.session().sql(query.formatted("unpushed")).collectAsList());
      }
      Files.delete(file);
    }
  }

  @Test
  void noFilesAreNoRowsAndZeroCounts() throws IOException {
    Dataset<Row> rows = read(Map.of("pathGlobFilter", "*.none"));

    assertThat(rows.collectAsList()).isEmpty();
    assertThat(rows.selectExpr("count(*)", "sum(length)").collectAsList())
        .containsExactly(row(0L, null));
  }

  @Test
  void reportsReachSparkWithAllTheirTypes() throws IOException {
    half();
    Files.writeString(directory.resolve("notes.txt"), "no image");

    assertThat(
            read(Map.of("table", "images"))
                .selectExpr(
                    "format",
                    "allocated_size",
                    "features[0]",
                    "header['runs']",
                    "year(modified) > 2000",
                    "error.class")
                .collectAsList())
        .containsExactlyInAnyOrder(
            row("model", 256L * CLUSTER, "words", "2", true, null),
            row(null, null, null, null, true, "NotAnImageException"));
    assertThat(read(Map.of("table", "images")).select("*").orderBy("path").collectAsList())
        .hasSize(2);
  }

  @Test
  void metadataColumnsReachSpark() throws IOException {
    half();

    assertThat(
            read(Map.of("mode", "PERMISSIVE"))
                .selectExpr(
                    "`offset`",
                    "_kind",
                    "_host_offset",
                    "_host_length",
                    "_depth",
                    "_format",
                    "_partial",
                    "_error")
                .where("`offset` IN (65536, 16777216)")
                .orderBy("offset")
                .collectAsList())
        .containsExactly(
            row(65536L, "data", 2L * CLUSTER, (long) CLUSTER, 0, "model", false, null),
            row(16777216L, "unallocated", null, null, 0, "model", false, null));
  }
}
