package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.ImageRecipe.Commands;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What changed between snapshots of one disk, whose history is written down here: clusters of 64
 * KiB by their numbers.
 */
class ChangesTest {
  private static final int CLUSTER = 64 << 10;

  /** The disk is 16 clusters long, from {@code grown} on 24, and in the end 20. */
  private static final ImageRecipe DISK =
      new ImageRecipe(
          "changes",
          0,
          "qcow2",
          "cluster_size=64k",
          16 * CLUSTER,
          null,
          List.of(
              new Commands(List.of("write -q -P 1 0 256k", "write -q -P 2 512k 128k")),
              new Snapshot("first"),
              new Commands(
                  List.of(
                      "write -q -P 3 64k 64k", // cluster 1 again
                      "write -q -z -u 512k 64k", // cluster 8 away
                      "write -q -P 4 704512 512", // a sector of cluster 10
                      "write -q -z -u 768k 64k")), // cluster 12 was zero and is zero
              new Snapshot("second"),
              new Resize(24 * CLUSTER),
              new Commands(List.of("write -q -P 1 0 64k", "write -q -P 5 1280k 64k")), // 0, 20
              new Snapshot("grown"),
              new Resize(20 * CLUSTER),
              new Commands(List.of("write -q -P 6 192k 64k")))); // 3

  private static final SparkSession SPARK = LocalSpark.session();

  @TempDir private static Path directory;

  private static Path file;
  private static final Map<String, byte[]> CONTENTS = new TreeMap<>();

  @BeforeAll
  static void makeDisk() throws IOException {
    QemuImg.requireOrSkip();
    file = DISK.build(directory);
    for (String snapshot : DISK.snapshots()) {
      OracleView view = OracleView.ofSnapshot("qcow2", file, snapshot);
      CONTENTS.put(snapshot, Files.readAllBytes(view.content()));
    }
    CONTENTS.put("", Files.readAllBytes(OracleView.of("qcow2", file).content()));
  }

  private static DataFrameReader reader(String table, String from, String to) {
    DataFrameReader reader =
        SPARK.read().format("diskimage").option("table", table).option("changesFrom", from);
    return to.isEmpty() ? reader : reader.option("changesTo", to);
  }

  private static Dataset<Row> blocks(String from, String to) {
    return reader("blocks", from, to).load(file.toString());
  }

  private static List<Integer> clusters(Dataset<Row> blocks) {
    return blocks.select("offset").orderBy("offset").collectAsList().stream()
        .map(row -> Math.toIntExact(row.getLong(0) / CLUSTER))
        .toList();
  }

  private static List<Integer> listOf(String numbers) {
    return numbers.isEmpty()
        ? List.of()
        : Arrays.stream(numbers.split(" ", -1)).map(Integer::valueOf).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "first,second,1 8 10",
    "second,grown,0 16 17 18 19 20 21 22 23",
    "first,grown,0 1 8 10 16 17 18 19 20 21 22 23",
    "grown,'',3",
    "second,'',0 3 16 17 18 19",
    "second,first,1 8 10",
    "grown,second,0",
    "1,2,1 8 10",
    "second,second,''"
  })
  void blocksAreThoseThatWereWrittenInBetween(String from, String to, String changed) {
    assertThat(clusters(blocks(from, to))).isEqualTo(listOf(changed));
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 3 * CLUSTER})
  void everyChangedBlockHasTheContentOfTheLaterState(int blockSize) {
    for (String from : DISK.snapshots()) {
      for (String to : CONTENTS.keySet()) {
        byte[] before = CONTENTS.get(from);
        byte[] after = CONTENTS.get(to);
        Dataset<Row> rows =
            reader("blocks", from, to)
                .option("blockSize", blockSize)
                .option("unallocated", "zeros")
                .option("maxPartitionBytes", "1")
                .option("openCostInBytes", "0")
                .option("maxPartitions", "5")
                .load(file.toString());
        BitSet shown = new BitSet();
        for (Row row : rows.select("offset", "length", "data").collectAsList()) {
          int offset = Math.toIntExact(row.getLong(0));
          assertThat(row.<byte[]>getAs(2))
              .as("%d bytes at %d from %s to %s", row.getInt(1), offset, from, to)
              .isEqualTo(Arrays.copyOfRange(after, offset, offset + row.getInt(1)));
          assertThat(shown.get(offset)).as("%d is shown twice", offset).isFalse();
          shown.set(offset, offset + row.getInt(1));
        }
        int common = Math.min(before.length, after.length);
        assertThat(shown.nextClearBit(common)).as("all of what is new").isEqualTo(after.length);
        int at = shown.nextClearBit(0);
        while (at < common) {
          int next = shown.nextSetBit(at);
          int end = next < 0 ? common : Math.min(next, common);
          assertThat(Arrays.mismatch(before, at, end, after, at, end))
              .as("first byte behind %d that differs from %s to %s", at, from, to)
              .isEqualTo(-1);
          at = shown.nextClearBit(end);
        }
      }
    }
  }

  @Test
  void extentsAreTheRunsOfWhatChanged() {
    assertThat(extents(reader("extents", "first", "second").load(file.toString())))
        .containsExactly("1+1 data", "8+1 zero", "10+1 data");
    assertThat(extents(reader("extents", "second", "grown").load(file.toString())))
        .containsExactly("0+1 data", "16+4 zero", "20+1 data", "21+3 zero");
    assertThat(
            extents(
                reader("extents", "second", "grown")
                    .load(file.toString())
                    .where("`offset` > 1048576")))
        .containsExactly("20+1 data", "21+3 zero");
  }

  private static List<String> extents(Dataset<Row> rows) {
    return rows
        .select("offset", "length", "allocated", "zero")
        .orderBy("offset")
        .collectAsList()
        .stream()
        .map(
            row ->
                (row.getLong(0) / CLUSTER)
                    + "+"
                    + (row.getLong(1) / CLUSTER)
                    + (row.getBoolean(2) ? " data" : "")
                    + (row.getBoolean(3) ? " zero" : ""))
        .toList();
  }

  @Test
  void filtersAndAggregatesAreOfTheChangedBlocksAlone() {
    Dataset<Row> changed = blocks("first", "second");
    assertThat(changed.count()).isEqualTo(3);
    assertThat(changed.where("allocated").count()).isEqualTo(2);
    assertThat(changed.where("`offset` >= 524288").count()).isEqualTo(2);
    assertThat(changed.selectExpr("sum(length)", "max(`offset`)").head())
        .isEqualTo(changed.sparkSession().sql("SELECT 196608L, 655360L").head());
    assertThat(clusters(blocks("second", "grown").where("_change_type = 'insert'")))
        .isEqualTo(listOf("16 17 18 19 20 21 22 23"));
  }

  @Test
  void onlyTheTablesOfBothStatesAreRead() {
    assertThat(blocks("first", "second").queryExecution().executedPlan().toString())
        .contains("snapshot: second", "changesFrom: VERSION AS OF 'first'");
  }

  @Test
  void changedBlocksSayWhatChangedThemAndOthersDoNot() {
    String id = "3";
    List<Row> rows =
        blocks("second", "grown")
            .selectExpr("_change_type", "_commit_version", "_commit_timestamp")
            .distinct()
            .orderBy("_change_type")
            .collectAsList();
    Row snapshot =
        SPARK.table("images.`" + file + "`.snapshots").where("id = '3'").select("created").head();
    assertThat(rows)
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2))
        .containsExactly(
            tuple("insert", id, snapshot.get(0)), tuple("update_postimage", id, snapshot.get(0)));
    Row now =
        blocks("grown", "").selectExpr("_commit_version", "_commit_timestamp = _modified").head();
    assertThat(now.isNullAt(0)).isTrue();
    assertThat(now.getBoolean(1)).isTrue();
    Dataset<Row> plain = SPARK.read().format("diskimage").load(file.toString());
    assertThat(
            plain
                .where(
                    "_change_type IS NOT NULL OR _commit_version IS NOT NULL"
                        + " OR _commit_timestamp IS NOT NULL")
                .count())
        .isZero();
    assertThat(plain.selectExpr("max(_change_type)", "max(_commit_timestamp)").head())
        .isEqualTo(SPARK.sql("SELECT CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP)").head());
  }

  @Test
  void anImageWithoutTheSnapshotIsAnErrorOfThatImage() throws IOException {
    Path other = directory.resolve("other/plain.qcow2");
    Files.createDirectories(other.getParent());
    QemuImg.create("qcow2", "", other, "1M");
    Files.copy(file, other.resolveSibling("with.qcow2"));
    DataFrameReader reader = reader("blocks", "first", "second");
    assertThatThrownBy(() -> reader.load(other.getParent().toString()).count())
        .rootCause()
        .hasMessageContaining("no snapshot of id or name");
    Dataset<Row> rows = reader.option("mode", "PERMISSIVE").load(other.getParent().toString());
    assertThat(rows.count()).isEqualTo(4);
    assertThat(rows.where("_error IS NOT NULL").select("path", "_change_type").collectAsList())
        .extracting(row -> row.get(0), row -> row.get(1))
        .containsExactly(tuple("file:" + other, null));
    assertThat(reader.option("mode", "DROPMALFORMED").load(other.getParent().toString()).count())
        .isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"top", "follow"})
  void whatLiesInALayerBelowHasNotChanged(String chain) {
    ImageRecipe recipe =
        new ImageRecipe(
            "overlay-" + chain,
            0,
            "qcow2",
            "cluster_size=64k",
            16 * CLUSTER,
            new ImageRecipe.Base(8 * CLUSTER, List.of(new Commands(List.of("write -q 0 512k")))),
            List.of(
                new Commands(List.of("write -q -P 1 64k 64k")),
                new Snapshot("before"),
                new Commands(List.of("write -q -P 2 128k 64k", "write -q -z 192k 64k"))));
    Path overlay = recipe.build(directory);
    Dataset<Row> rows =
        reader("blocks", "before", "").option("chain", chain).load(overlay.toString());
    assertThat(clusters(rows)).isEqualTo(listOf("2 3"));
    assertThat(clusters(rows.where("allocated"))).isEqualTo(listOf("2"));
    Dataset<Row> runs =
        reader("extents", "before", "").option("chain", chain).load(overlay.toString());
    assertThat(extents(runs)).containsExactly("2+1 data", "3+1 zero");
  }

  @Test
  void snapshotsOfOtherSizesAreReadAtTheirOwn() {
    for (Map.Entry<String, byte[]> state : CONTENTS.entrySet()) {
      String version = state.getKey().isEmpty() ? "" : " VERSION AS OF '" + state.getKey() + "'";
      for (String table : List.of("", ".extents")) {
        Row sum =
            SPARK.sql("SELECT sum(length) FROM images.`" + file + "`" + table + version).head();
        assertThat(sum.getLong(0)).as(table + version).isEqualTo(state.getValue().length);
      }
      DataFrameReader reader = SPARK.read().format("diskimage").option("unallocated", "zeros");
      if (!state.getKey().isEmpty()) {
        reader = reader.option("versionAsOf", state.getKey());
      }
      byte[] content = new byte[state.getValue().length];
      for (Row row : reader.load(file.toString()).select("offset", "data").collectAsList()) {
        byte[] data = row.getAs(1);
        System.arraycopy(data, 0, content, Math.toIntExact(row.getLong(0)), data.length);
      }
      assertThat(content).as(version).isEqualTo(state.getValue());
    }
  }

  @Test
  void aTimeIsTheNewestSnapshotNotAfterIt() {
    // All of them were taken today, the newest last.
    for (String table : List.of("", ".extents")) {
      String name = "images.`" + file + "`" + table;
      String late = "SELECT sum(length) FROM " + name + " TIMESTAMP AS OF '2199-01-01'";
      assertThat(SPARK.sql(late).head().getLong(0)).isEqualTo(24L * CLUSTER);
      assertThatThrownBy(
              () ->
                  SPARK
                      .sql("SELECT sum(length) FROM " + name + " TIMESTAMP AS OF '1999-01-01'")
                      .head())
          .rootCause()
          .hasMessageContaining("1999-01-01");
    }
  }

  private static String changes(String range) {
    return "images.`" + file + "` CHANGES FROM " + range;
  }

  @ParameterizedTest
  @CsvSource({
    "VERSION 'first' TO VERSION 'second',1 8 10",
    "VERSION 'first' EXCLUSIVE TO VERSION 'second' INCLUSIVE,1 8 10",
    "VERSION 1 TO VERSION 3,0 1 8 10 16 17 18 19 20 21 22 23",
    "VERSION 'grown',3",
    "TIMESTAMP '2198-01-01' TO TIMESTAMP '2199-01-01',''",
    "TIMESTAMP '2198-01-01',3"
  })
  void changesAreAskedForInSql(String range, String changed) {
    assertThat(clusters(SPARK.sql("SELECT * FROM " + changes(range)))).isEqualTo(listOf(changed));
  }

  @Test
  void changesHaveTheBlocksAndWhatChangedThem() {
    Dataset<Row> rows = SPARK.sql("SELECT * FROM " + changes("VERSION 'second' TO VERSION 3"));
    assertThat(rows.schema().fieldNames())
        .containsExactly(
            "path",
            "offset",
            "length",
            "allocated",
            "data",
            "_change_type",
            "_commit_version",
            "_commit_timestamp");
    byte[] after = CONTENTS.get("grown");
    for (Row row : rows.collectAsList()) {
      int offset = Math.toIntExact(row.getLong(1));
      boolean written = offset == 0 || offset == 20 * CLUSTER;
      assertThat(row.getString(0)).isEqualTo("file:" + file);
      assertThat(row.getInt(2)).isEqualTo(CLUSTER);
      assertThat(row.getBoolean(3)).isEqualTo(written);
      assertThat(row.<byte[]>getAs(4))
          .isEqualTo(written ? Arrays.copyOfRange(after, offset, offset + CLUSTER) : null);
      assertThat(row.getString(5)).isEqualTo(offset == 0 ? "update_postimage" : "insert");
      assertThat(row.getString(6)).isEqualTo("3");
      assertThat(row.isNullAt(7)).isFalse();
    }
  }

  @Test
  void changesTakeFiltersAggregatesAndOptions() {
    String range = changes("VERSION 'second' TO VERSION 'grown'");
    assertThat(clusters(SPARK.sql("SELECT * FROM " + range + " WHERE _change_type <> 'insert'")))
        .isEqualTo(listOf("0"));
    assertThat(SPARK.sql("SELECT count(*) FROM " + range + " WHERE allocated").head().getLong(0))
        .isEqualTo(2);
    assertThat(
            SPARK
                .sql("SELECT _change_type, count(*) FROM " + range + " GROUP BY 1 ORDER BY 1")
                .collectAsList())
        .extracting(Row::toString)
        .containsExactly("[insert,8]", "[update_postimage,1]");
    String options = " WITH (blockSize = 4096, deduplicationMode = 'netChanges')";
    assertThat(SPARK.sql("SELECT * FROM " + range + options).count()).isEqualTo(9 * 16);
    assertThatThrownBy(() -> SPARK.sql("SELECT * FROM " + range + " WITH (blokSize = 4096)"))
        .hasMessageContaining("did you mean blockSize?");
    assertThatThrownBy(() -> SPARK.sql("SELECT * FROM " + range + " WITH (snapshot = 'a')"))
        .hasMessageContaining("snapshot")
        .hasMessageContaining("already at changes from");
  }

  @Test
  void changesAreAskedForByTheReader() {
    Dataset<Row> rows =
        SPARK
            .read()
            .option("startingVersion", "first")
            .option("endingVersion", "second")
            .option("computeUpdates", "true")
            .changes("images.`" + file + "`");
    assertThat(clusters(rows)).isEqualTo(listOf("1 8 10"));
    assertThat(rows.where("data IS NOT NULL").count()).isEqualTo(2);
  }

  @Test
  void whatIsNoRangeOfStatesIsRefused() {
    assertThatThrownBy(
            () -> SPARK.sql("SELECT * FROM " + changes("VERSION 1 TO VERSION 2 EXCLUSIVE")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("exclusive");
    assertThatThrownBy(() -> SPARK.read().changes("images.`" + file + "`"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("start");
    for (String table : List.of("extents", "images")) {
      assertThatThrownBy(
              () -> SPARK.sql("SELECT * FROM images.`/x`." + table + " CHANGES FROM VERSION 1"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(table)
          .hasMessageContaining("blocks");
    }
  }
}
