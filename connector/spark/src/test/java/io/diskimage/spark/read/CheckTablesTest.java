package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageFormats;
import io.diskimage.spark.LocalSpark;
import io.diskimage.spark.metrics.ScanMetric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks of a fleet in Spark, by every way that leads to them. */
class CheckTablesTest {
  private static final int CLUSTER = 512;
  private static final String RAW = "This image format does not support checks";

  private final SparkSession spark = LocalSpark.session();

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private static ModelDisk disk(int corruptions, int leaks) {
    List<ModelDisk.Run> runs = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < corruptions; i++, at += CLUSTER) {
      runs.add(new ModelDisk.Run(at, CLUSTER, null, -1));
    }
    long leaked = (long) leaks * CLUSTER;
    ExtentKind kind = leaks == 0 ? ExtentKind.UNALLOCATED : ExtentKind.ZERO;
    long host = leaks == 0 ? -1 : ModelDisk.HEADER_BYTES;
    runs.add(new ModelDisk.Run(at, Math.max(CLUSTER, leaked), kind, host));
    return new ModelDisk(CLUSTER, at + Math.max(CLUSTER, leaked), runs);
  }

  /** One image of each verdict that needs no race, and more than one of some. */
  private void fleet() throws IOException {
    disk(0, 0).write(directory.resolve("clean.model"));
    disk(0, 0).withSnapshot("w").write(directory.resolve("clean-with-warning.model"));
    disk(0, 5).write(directory.resolve("leaks-5.model"));
    disk(0, 2).write(directory.resolve("leaks-2.model"));
    disk(1, 9).write(directory.resolve("corrupt-1-9.model"));
    disk(3, 0).write(directory.resolve("corrupt-3.model"));
    disk(3, 1).write(directory.resolve("corrupt-3-1.model"));
    disk(0, 0).refusing().write(directory.resolve("refused.model"));
    Files.write(directory.resolve("disk.raw"), new byte[CLUSTER]);
    Files.writeString(directory.resolve("notes.txt"), "no image");
  }

  /** Names, times and bytes of all files. */
  private Map<Path, List<Object>> files() throws IOException {
    Map<Path, List<Object>> all = new HashMap<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        all.put(
            file,
            List.of(Files.getLastModifiedTime(file), ByteBuffer.wrap(Files.readAllBytes(file))));
      }
    }
    return all;
  }

  private Dataset<Row> table(String name) {
    return spark.table("images.`" + directory + "`." + name);
  }

  private Dataset<Row> read(String name) {
    return spark.read().format("diskimage").option("table", name).load(directory.toString());
  }

  private static Row row(Object... values) {
    return RowFactory.create(values);
  }

  private String path(String name) {
    return "file:" + directory.resolve(name);
  }

  private static long metric(Dataset<Row> rows, ScanMetric metric) {
    SparkPlan scan = rows.queryExecution().executedPlan().collectLeaves().head();
    return scan.metrics().get(metric.label()).get().value();
  }

  @Test
  void everyWayToAFleetSaysTheSame() throws IOException {
    fleet();
    Map<Path, List<Object>> before = files();

    Row sums = row(7L, 17L, 0L, 17L * CLUSTER);
    for (Dataset<Row> checks : List.of(table("checks"), read("checks"))) {
      assertThat(
              checks
                  .selectExpr(
                      "sum(corruptions)",
                      "sum(leaks)",
                      "sum(check_errors)",
                      "sum(reclaimable_bytes)")
                  .collectAsList())
          .containsExactly(sums);
      assertThat(checks.groupBy("verdict").count().collectAsList())
          .containsExactlyInAnyOrder(
              row("clean", 2L),
              row("leaks", 2L),
              row("corrupt", 3L),
              row("unreadable", 2L),
              row("unsupported", 1L));
    }
    for (Dataset<Row> findings : List.of(table("findings"), read("findings"))) {
      assertThat(findings.groupBy("severity").sum("count").collectAsList())
          .containsExactlyInAnyOrder(
              row("corruption", 7L), row("leak", 17L), row("warning", 1L), row("error", 3L));
    }
    List<Row> called = call("");
    assertThat(
            called.stream()
                .filter(entry -> entry.getString(0).equals("summary") && !entry.isNullAt(4))
                .mapToLong(entry -> entry.getLong(4)))
        .containsExactly(7L, 0L, 0L);
    assertThat(files()).isEqualTo(before);
  }

  private List<Row> call(String arguments) {
    return spark
        .sql("CALL images.system.check(path => '" + directory + "'" + arguments + ")")
        .collectAsList();
  }

  @Test
  void aCallSumsUpAndListsTheWorstFirst() throws IOException {
    fleet();
    long c = CLUSTER;

    assertThat(call(""))
        .containsExactly(
            row("summary", "corrupt", "model", 3L, 7L, 10L, 0L, 0L, 0L, 10 * c, null, null),
            row(
                "summary",
                "unreadable",
                "model",
                1L,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null),
            row("summary", "unreadable", null, 1L, null, null, null, null, null, null, null, null),
            row("summary", "leaks", "model", 2L, 0L, 7L, 0L, 0L, 0L, 7 * c, null, null),
            row(
                "summary",
                "unsupported",
                "raw",
                1L,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null),
            row("summary", "clean", "model", 2L, 0L, 0L, 0L, 0L, 0L, 0L, null, null),
            image("corrupt", "model", 3L, 1L, "corrupt-3-1.model", null),
            image("corrupt", "model", 3L, 0L, "corrupt-3.model", null),
            image("corrupt", "model", 1L, 9L, "corrupt-1-9.model", null),
            image("unreadable", null, null, null, "notes.txt", notAnImage()),
            image("unreadable", "model", null, null, "refused.model", "the model refuses to open"),
            image("leaks", "model", 0L, 5L, "leaks-5.model", null),
            image("leaks", "model", 0L, 2L, "leaks-2.model", null),
            image("unsupported", "raw", null, null, "disk.raw", RAW),
            unlisted(0));
  }

  private static String notAnImage() {
    return "no known image format (" + ImageFormats.names() + ") recognises it";
  }

  private Row image(
      String verdict, String format, Long corruptions, Long leaks, String name, String message) {
    Long none = corruptions == null ? null : 0L;
    Long reclaimable = leaks == null ? null : (Long) (leaks * CLUSTER);
    return row(
        "image",
        verdict,
        format,
        1L,
        corruptions,
        leaks,
        none,
        none,
        none,
        reclaimable,
        path(name),
        message);
  }

  private static Row unlisted(long images) {
    return row("unlisted", null, null, images, null, null, null, null, null, null, null, null);
  }

  @Test
  void aCallCountsWhatItsLimitLeavesOut() throws IOException {
    fleet();

    List<Row> two = call(", limit => 2");
    assertThat(two.subList(6, two.size()))
        .containsExactly(
            image("corrupt", "model", 3L, 1L, "corrupt-3-1.model", null),
            image("corrupt", "model", 3L, 0L, "corrupt-3.model", null),
            unlisted(6));
    List<Row> none = call(", limit => 0");
    assertThat(none.subList(6, none.size())).containsExactly(unlisted(8));
  }

  @Test
  void aCallIsAsDeepAsItIsTold() throws IOException {
    fleet();

    assertThat(call(", level => 'header', limit => 0"))
        .extracting(entry -> entry.<String>getAs("verdict"))
        .containsExactly("unreadable", "unreadable", "unsupported", "clean", null);
  }

  @Test
  void kindsOfTheHeaderReadHeadersOnly() throws IOException {
    disk(100, 0).withSnapshot("w").write(directory.resolve("a.model"));
    Dataset<Row> warnings =
        table("findings").where("kind = 'QCOW2_DIRTY'").select("kind", "message");

    assertThat(warnings.queryExecution().executedPlan().executeCollectPublic())
        .containsExactly(row("QCOW2_DIRTY", "a name"));
    assertThat(metric(warnings, ScanMetric.METADATA_BYTES)).isEqualTo(512 + ModelDisk.HEADER_BYTES);
    assertThat(metric(warnings, ScanMetric.DATA_BYTES)).isZero();
    assertThat(metric(warnings, ScanMetric.READS)).isEqualTo(2);
  }

  @Test
  void filesAreCountedWithoutOpeningThem() throws IOException {
    fleet();
    Dataset<Row> paths = table("checks").where("path LIKE '%corrupt%'").select("path");

    assertThat(paths.queryExecution().executedPlan().executeCollectPublic()).hasSize(3);
    assertThat(metric(paths, ScanMetric.READS)).isZero();
    assertThat(metric(paths, ScanMetric.IMAGES_OPENED)).isZero();
    assertThat(table("checks").count()).isEqualTo(10);
  }

  @Test
  void aFileThatChangesBehindTheListingIsUnstable() throws IOException {
    Path file = disk(1, 0).write(directory.resolve("a.model"));
    Dataset<Row> checks = table("checks").select("verdict", "error.class");
    // Partitions are planned, so the file is listed.
    assertThat(checks.queryExecution().executedPlan().execute().getNumPartitions()).isEqualTo(1);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));

    assertThat(checks.queryExecution().executedPlan().executeCollectPublic())
        .containsExactly(row("unstable", "ImageChangedException"));
  }

  @Test
  void batchesAreBounded() throws IOException {
    for (int i = 0; i < 50; i++) {
      disk(200, 0).write(directory.resolve(i + ".model"));
    }

    assertThat(table("findings").selectExpr("count(*)", "count(DISTINCT path)").collectAsList())
        .containsExactly(row(10_000L, 50L));
  }
}
