package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Spark pushes into a scan, as EXPLAIN shows it. The paths need not exist for that. */
class PlanTest {
  private static final String BLOCKS = "images.`/nowhere`";
  private static final String EXTENTS = "images.`/nowhere`.extents";
  private static final String IMAGES = "images.`/nowhere`.images";

  private final SparkSession spark = LocalSpark.session();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "`offset` = 5 | offset = 5",
        "5 = `offset` | offset = 5",
        "`offset` <> 5 | offset NOT IN (5)",
        "`offset` <=> 5 | offset = 5",
        "`offset` > 5 AND `offset` <= 9 | offset >= 6 AND offset <= 9",
        "9 >= `offset` | offset <= 9",
        "`offset` IN (3, 1, NULL) | offset IN (1, 3)",
        "NOT (`offset` IN (3, 1)) | offset NOT IN (1, 3)",
        "`offset` IS NULL | offset IS NULL",
        "length > 3000000000 | FALSE",
        "length >= 4096 | length >= 4096",
        "allocated | allocated",
        "NOT allocated | NOT allocated",
        "allocated = false | NOT allocated",
        "allocated IS NOT NULL | allocated IS NOT NULL",
        "`offset` < 5 OR allocated | offset <= 4 OR allocated",
        "path = 'file:/a' | path IN ('file:/a')",
        "path LIKE 'file:/a%' | path STARTS WITH 'file:/a'",
        "path LIKE '%.raw' | path ENDS WITH '.raw'",
        "path LIKE '%dc1%' | path CONTAINS 'dc1'",
        "path NOT LIKE '%dc1%' | NOT path CONTAINS 'dc1'",
        "path < 'b' | path < 'b'",
        "_kind IN ('zero', 'data') | _kind IN ('data', 'zero')",
        "_depth = 1 | _depth = 1",
        "_partial | _partial",
        "_change_type = 'insert' | _change_type IN ('insert')",
        "_commit_version IS NULL | _commit_version IS NULL",
        "_commit_timestamp >= timestamp'1970-01-01 00:00:01Z' | _commit_timestamp >= 1000000",
        "_modified >= timestamp'1970-01-01 00:00:01Z' | _modified >= 1000000"
      })
  void predicatesOfBlocksAreTakenCompletely(String predicate, String pushed) {
    String plan = explain("SELECT path FROM " + BLOCKS + " b WHERE " + predicate);
    if (pushed.equals("FALSE")) {
      assertThat(plan).doesNotContain("BatchScan");
      return;
    }
    assertThat(plan).contains("pushedFilters: [" + pushed + "]").doesNotContain("Filter (");
  }

  @Test
  void plansSayThatChainsAreFollowed() {
    assertThat(explain("SELECT path FROM " + BLOCKS + " b")).doesNotContain("chain");
    assertThat(
            explain(
                "SELECT path FROM "
                    + BLOCKS
                    + " WITH (chain = 'follow', chainRoots = '/vm') WHERE allocated"))
        .contains("chain: follow, chainRoots: [/vm]")
        .contains("pushedFilters: [allocated]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zero",
        "present",
        "NOT compressed",
        "depth > 1",
        "host_offset = 5",
        "host_file = 'x'",
        "length > 3000000000",
        "allocated",
        "path > 'a'",
        "`offset` < 9"
      })
  void predicatesOfExtentsAreTakenCompletely(String predicate) {
    assertThat(explain("SELECT path FROM " + EXTENTS + " e WHERE " + predicate))
        .doesNotContain("pushedFilters: []")
        .doesNotContain("Filter (");
  }

  @Test
  void whatNeedsDataOrArithmeticIsLeftToSpark() {
    String plan =
        explain(
            "SELECT path FROM "
                + BLOCKS
                + " b WHERE length * 2 = 8 AND _error IS NULL AND allocated");
    assertThat(plan)
        .contains("pushedFilters: [length IS NOT NULL AND allocated]")
        .contains("Filter (")
        .contains("columns: [path, length, _error]");
  }

  @Test
  void imagesAreFilteredByPathAndTimeBeforeTheyAreOpened() {
    assertThat(
            explain(
                "SELECT path FROM "
                    + IMAGES
                    + " WHERE path = 'x' AND format = 'raw' AND modified IS NOT NULL"))
        .contains("pushedFilters: [path IN ('x') AND modified IS NOT NULL]")
        .contains("Filter (");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "references | kind LIKE 'parent%' | kind STARTS WITH 'parent'",
        "bitmaps | path = 'x' | path IN ('x')",
        "findings | kind = 'QCOW2_DIRTY' | kind IN ('QCOW2_DIRTY')",
        "findings | kind LIKE 'VHD%' | kind STARTS WITH 'VHD'",
        "findings | severity IN ('leak', 'error') | severity IN ('error', 'leak')",
        "findings | severity <> 'info' OR path > 'x' | severity NOT IN ('info') OR NOT path <= 'x'",
        "checks | verdict = 'corrupt' | verdict IN ('corrupt')",
        "checks | verdict <> 'clean' AND format = 'vdi' | verdict NOT IN ('clean') AND format IN ('vdi')",
        "checks | format IS NULL | format IS NULL",
        "checks | path LIKE '%.vdi' | path ENDS WITH '.vdi'"
      })
  void predicatesOfChecksAreTakenWhereTheySaveChecks(
      String table, String predicate, String pushed) {
    assertThat(explain("SELECT path FROM images.`/nowhere`." + table + " WHERE " + predicate))
        .contains("pushedFilters: [" + pushed + "]")
        .doesNotContain("Filter (");
    assertThat(
            explain(
                "SELECT path FROM images.`/nowhere`." + table + " WHERE " + predicate + " LIMIT 5"))
        .contains("limit: 5");
  }

  @ParameterizedTest
  @CsvSource({"findings,count > 5", "findings,part = 'x'", "checks,leaks > 5"})
  void whatAloneACheckKnowsIsLeftToSpark(String table, String predicate) {
    assertThat(explain("SELECT path FROM images.`/nowhere`." + table + " WHERE " + predicate))
        .contains("pushedFilters: []")
        .contains("Filter (");
  }

  @Test
  void onlyColumnsInUseAreRead() {
    assertThat(explain("SELECT allocated, _kind FROM " + BLOCKS + " WHERE `offset` > 5"))
        .contains("columns: [allocated, _kind]");
    assertThat(explain("SELECT * FROM " + BLOCKS))
        .contains("columns: [path, offset, length, allocated, data]");
    assertThat(explain("SELECT _error.class FROM " + BLOCKS)).contains("columns: [_error]");
  }

  @Test
  void aLimitStopsEachTaskAndIsKept() {
    assertThat(explain("SELECT path FROM " + BLOCKS + " WHERE allocated LIMIT 5"))
        .contains("limit: 5")
        .containsAnyOf("CollectLimit 5", "GlobalLimit 5");
  }

  @Test
  void aSortedLimitIsNotPushed() {
    assertThat(explain("SELECT path FROM " + BLOCKS + " ORDER BY `offset` LIMIT 5"))
        .doesNotContain("limit: 5")
        .contains("TakeOrderedAndProject");
  }

  @Test
  void repeatableSamplesAreTakenInTheScan() {
    assertThat(explain("SELECT path FROM " + BLOCKS + " TABLESAMPLE (10 PERCENT) REPEATABLE (7)"))
        .contains("sample: 0.0 to 0.1 seed 7")
        .doesNotContain("Sample ");
    assertThat(explain("SELECT path FROM " + IMAGES + " TABLESAMPLE (10 PERCENT) REPEATABLE (7)"))
        .doesNotContain("sample:")
        .contains("Sample ");
  }

  @Test
  void samplesWithReplacementAreLeftToSpark() {
    String plan =
        spark.table(BLOCKS).select("path").sample(true, 0.5, 7).queryExecution().toString();
    assertThat(plan).doesNotContain("sample:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "count(*) | COUNT(*)",
        "count(`offset`) | COUNT(offset)",
        "count(path) | COUNT(*)",
        "count(data) | COUNT(data)",
        "count(_error) | COUNT(_error)",
        "sum(length) | SUM(length)",
        "min(`offset`), max(`offset`) | MIN(offset), MAX(offset)",
        "avg(length) | SUM(length), COUNT(length)",
        "count(CASE WHEN `offset` > 5 THEN 1 END) | COUNT(CASE WHEN offset > 5 THEN 1 END)",
        "count_if(allocated) | COUNT(CASE WHEN NOT (allocated = true) THEN null ELSE allocated END)"
      })
  void aggregatesAreAnsweredFromMetadata(String aggregates, String pushed) {
    assertThat(explain("SELECT " + aggregates + " FROM " + BLOCKS + " WHERE allocated"))
        .contains("pushedAggregates: [" + pushed + "], groupBy: []")
        .contains("pushedFilters: [allocated]");
  }

  @Test
  void aggregatesAreGroupedByPathAndAllocation() {
    assertThat(
            explain(
                "SELECT allocated, path, sum(length) FROM " + BLOCKS + " GROUP BY path, allocated"))
        .contains("pushedAggregates: [SUM(length)], groupBy: [path, allocated]");
    assertThat(explain("SELECT DISTINCT path FROM " + BLOCKS)).contains("groupBy: [path]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT count(DISTINCT path) FROM " + BLOCKS,
        "SELECT sum(`offset`) FROM " + BLOCKS,
        "SELECT max(data) FROM " + BLOCKS,
        "SELECT `offset`, count(*) FROM " + BLOCKS + " GROUP BY `offset`",
        "SELECT count(*) FROM " + BLOCKS + " WHERE length * 2 = 8",
        "SELECT count(*) FROM " + BLOCKS + " TABLESAMPLE (10 PERCENT) REPEATABLE (7)",
        "SELECT count(*) FROM (SELECT path FROM " + BLOCKS + " LIMIT 5)",
        "SELECT count(data) FROM " + BLOCKS + " WITH (mode = 'PERMISSIVE')",
        "SELECT count(_error) FROM " + BLOCKS + " WITH (mode = 'DROPMALFORMED')",
        "SELECT count(*) FROM " + EXTENTS,
        "SELECT count(*) FROM " + IMAGES
      })
  void whatMetadataDoNotTellIsAggregatedBySpark(String query) {
    assertThat(explain(query)).doesNotContain("pushedAggregates");
  }

  @Test
  void aJoinOnThePathPrunesFilesAtRunTime() {
    // Spark asks for a selective filter on the other side that it applies itself.
    assertThat(
            explain(
                "SELECT b.length FROM "
                    + BLOCKS
                    + " b JOIN "
                    + EXTENTS
                    + " e ON e.path = b.path WHERE e.depth * 2 = 4"))
        .contains("RuntimeFilters: [dynamicpruningexpression(path");
  }

  @Test
  void tablesOfUnknownSizeAreNotBroadcast() {
    assertThat(
            explain(
                "SELECT b.length FROM "
                    + BLOCKS
                    + " b JOIN "
                    + EXTENTS
                    + " e ON e.`offset` = b.`offset`"))
        .doesNotContain("BroadcastHashJoin");
  }

  @Test
  void explainingTouchesNoFile() {
    assertThat(explain("SELECT data FROM " + BLOCKS + " WHERE allocated")).contains("BatchScan");
  }

  @Nested
  class WithFiles {
    @TempDir private Path root;

    @BeforeEach
    void files() throws IOException {
      for (String name : Stream.of("a.raw", "b.raw", "c.raw").toList()) {
        Files.write(root.resolve(name), new byte[512]);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"images", "checks"})
    void theSizeOfTablesOfFilesFollowsFromTheirNumber(String table) {
      assertThat(
              spark
                  .table("images.`" + root + "`." + table)
                  .queryExecution()
                  .optimizedPlan()
                  .stats()
                  .sizeInBytes()
                  .toLong())
          .isEqualTo(3 * 1024);
      assertThat(
              spark
                  .table("images.`" + root + "`." + table)
                  .queryExecution()
                  .optimizedPlan()
                  .stats()
                  .rowCount()
                  .get()
                  .toLong())
          .isEqualTo(3);
    }

    @Test
    void findingsAreOfUnknownSize() {
      var findings = spark.table("images.`" + root + "`.findings");
      assertThat(findings.queryExecution().optimizedPlan().stats().sizeInBytes().toLong())
          .isEqualTo(spark.sessionState().conf().defaultSizeInBytes());
    }

    @Test
    void filteredPathsAreNotPlanned() {
      String all = "SELECT path FROM images.`" + root + "` WITH (maxPartitions = 1)";
      assertThat(spark.sql(all).rdd().getNumPartitions()).isEqualTo(1);
      assertThat(spark.sql(all + " WHERE path = 'x'").rdd().getNumPartitions()).isZero();
    }

    @Test
    void equalScansOfAQueryShareAnExchange() {
      String rows = "(SELECT /*+ REPARTITION(2, path) */ * FROM images.`" + root + "`.images)";
      spark.conf().set("spark.sql.adaptive.enabled", "false");
      try {
        String plan =
            spark
                .sql("SELECT * FROM " + rows + " x UNION ALL SELECT * FROM " + rows + " y")
                .queryExecution()
                .executedPlan()
                .toString();
        assertThat(plan).contains("ReusedExchange");
      } finally {
        spark.conf().unset("spark.sql.adaptive.enabled");
      }
    }
  }

  private String explain(String query) {
    return spark.sql("EXPLAIN " + query).head().getString(0);
  }
}
