package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.examples.FleetManifest.Entry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The check of the sample fleet is the same by the report, by its Parquet tables, by SQL and by the
 * procedure, is what qemu-img counted, and leaves the files alone. The notebooks test PySpark.
 */
class CheckAgreementTest {
  private static final List<String> COUNTERS =
      List.of(
          "check_errors",
          "corruptions",
          "leaks",
          "image_end_offset",
          "total_clusters",
          "allocated_clusters",
          "fragmented_clusters",
          "compressed_clusters");

  private static final List<String> COUNTED_OF_VDI =
      List.of("check_errors", "corruptions", "leaks");

  @TempDir private static Path out;

  private static final FleetManifest MANIFEST = FleetManifest.unpacked();
  private static Map<Path, State> before;
  private static String report;

  private final SparkSession spark = LocalSpark.session().newSession();

  /** What must not change of a file. */
  private record State(FileTime modified, long checksum) {}

  @BeforeAll
  static void writeReport() throws IOException {
    before = states();
    StringWriter text = new StringWriter();
    StringWriter err = new StringWriter();
    String[] arguments = {"--dedup", "off", "--out", out.toString(), MANIFEST.fleet().toString()};
    int code = FleetReport.run(arguments, new PrintWriter(text), new PrintWriter(err));
    assertThat(code).as(err.toString()).isZero();
    report = text.toString();
  }

  @Test
  void theFleetHasEveryVerdictThatAFileAtRestCanHave() throws IOException {
    Map<String, String> expected = new TreeMap<>();
    MANIFEST.entries().forEach(e -> expected.put(MANIFEST.uri(e.path()), e.verdict()));

    Map<String, String> found = new TreeMap<>();
    sql("SELECT path, verdict FROM checks")
        .collectAsList()
        .forEach(row -> found.put(row.getString(0), row.getString(1)));

    assertThat(found).isEqualTo(expected);
    assertThat(found.values()).contains("clean", "leaks", "corrupt", "unreadable", "unsupported");
  }

  @Test
  void countersAreThoseOfQemuImg() throws IOException {
    Map<String, Row> checks = new HashMap<>();
    parquet("checks").collectAsList().forEach(row -> checks.put(row.getAs("path"), row));

    List<Entry> counted = MANIFEST.entries().stream().filter(Entry::countedByQemu).toList();

    assertThat(counted).extracting(Entry::format).contains("qcow2", "vdi", "parallels");
    for (Entry entry : counted) {
      Row check = checks.get(MANIFEST.uri(entry.path()));
      for (String counter : COUNTERS) {
        long expected =
            counter.equals("image_end_offset") ? endOffset(entry) : entry.number(counter);
        Long found = check.getAs(counter);
        if (expected != 0) {
          assertThat(found).as(entry.path() + " " + counter).isEqualTo(expected);
        } else if (!"vdi".equals(entry.format()) || COUNTED_OF_VDI.contains(counter)) {
          // QEMU leaves out zeros, and of a VDI all but the corruptions.
          assertThat(found).as(entry.path() + " " + counter).isIn(null, 0L);
        }
      }
    }
  }

  /** Later versions of QEMU than 7.2 give the end of the file of a Parallels image with a leak. */
  private static long endOffset(Entry entry) throws IOException {
    return "parallels".equals(entry.format()) && entry.number("leaks") > 0
        ? Files.size(MANIFEST.fleet().resolve(entry.path()))
        : entry.number("image_end_offset");
  }

  @Test
  void theSameSumsByEveryPath() {
    List<Row> sums = sums(sql("SELECT * FROM checks"));

    assertThat(sums(parquet("checks"))).isEqualTo(sums);
    assertThat(
            spark
                .sql("CALL images.system.check(path => '" + MANIFEST.fleet() + "', limit => 5)")
                .where("entry = 'summary'")
                .selectExpr(
                    "verdict",
                    "format",
                    "images",
                    "corruptions",
                    "leaks",
                    "check_errors",
                    "beyond_corruptions",
                    "beyond_leaks",
                    "reclaimable_bytes")
                .orderBy("verdict", "format")
                .collectAsList())
        .isEqualTo(sums);
    for (Row verdict : parquet("verdicts").collectAsList()) {
      assertThat(report)
          .containsPattern(
              "\n%s +%s +%s +%s +%s +%s +%s\n"
                  .formatted(
                      verdict.getAs("verdict"),
                      Quantities.count(verdict.getAs("files")),
                      Quantities.count(verdict.getAs("corruptions")),
                      Quantities.count(verdict.getAs("leaks")),
                      Quantities.count(verdict.getAs("check_errors")),
                      "[-0-9,]+",
                      Quantities.bytes(verdict.getAs("reclaimable_bytes"))));
    }
    assertThat(
            parquet("verdicts")
                .selectExpr("verdict", "files", "corruptions", "leaks")
                .orderBy("verdict")
                .collectAsList())
        .isEqualTo(
            sql("""
                    SELECT verdict, count(*), sum(corruptions), sum(leaks)
                    FROM checks GROUP BY verdict ORDER BY verdict
                    """)
                .collectAsList());
  }

  @Test
  void theSameFindingsByEveryPath() {
    String kinds =
        """
        SELECT kind, severity, count(DISTINCT path) AS images, sum(`count`) AS findings
        FROM findings GROUP BY kind, severity ORDER BY kind
        """;
    List<Row> found = sql(kinds).collectAsList();

    assertThat(found).isNotEmpty();
    assertThat(
            parquet("kinds")
                .select("kind", "severity", "images", "findings")
                .orderBy("kind")
                .collectAsList())
        .isEqualTo(found);
    for (Row kind : found) {
      assertThat(report)
          .containsPattern(
              "\n%s +%s +(yes|no) +%s +%s\n"
                  .formatted(
                      kind.get(0),
                      kind.get(1),
                      Quantities.count(kind.getAs("images")),
                      Quantities.count(kind.getAs("findings"))));
    }
    assertThat(parquet("findings").selectExpr("sum(`count`)", "count(DISTINCT path)").head())
        .isEqualTo(sql("SELECT sum(`count`), count(DISTINCT path) FROM findings").head());
  }

  @Test
  void findingsAddUpToTheCounters() {
    assertThat(
            sql("""
                    SELECT checks.path
                    FROM checks
                    LEFT JOIN (
                      SELECT path,
                             sum(`count`) FILTER (WHERE severity = 'corruption') AS corruptions,
                             sum(`count`) FILTER (WHERE severity = 'leak') AS leaks,
                             sum(`count`) FILTER (WHERE severity = 'error') AS errors
                      FROM findings GROUP BY path) AS found ON found.path = checks.path
                    WHERE checks.corruptions + beyond_corruptions <> coalesce(found.corruptions, 0)
                       OR checks.leaks + beyond_leaks <> coalesce(found.leaks, 0)
                       OR check_errors <> coalesce(found.errors, 0)
                    """)
                .collectAsList())
        .isEmpty();
  }

  @Test
  void aFullCheckLeavesEveryFileAsItWas() throws IOException {
    List<String> damaged = List.of(MANIFEST.uri("incoming/damaged-cluster.qcow2"));
    spark.conf().set("spark.datasource.diskimage.level", "full");

    // Its tables are in order: only decoding its clusters tells.
    assertThat(
            sql("SELECT path FROM checks WHERE verdict = 'corrupt' AND corruptions = 0")
                .collectAsList())
        .extracting(row -> row.getString(0))
        .containsAll(damaged);
    assertThat(sql("SELECT * FROM findings").count()).isPositive();
    spark
        .sql("CALL images.system.check(path => '" + MANIFEST.fleet() + "', level => 'full')")
        .collect();

    assertThat(states()).isEqualTo(before);
  }

  private Dataset<Row> sql(String query) {
    for (String table : List.of("checks", "findings")) {
      spark.table("images.`" + MANIFEST.fleet() + "`." + table).createOrReplaceTempView(table);
    }
    return spark.sql(query);
  }

  private Dataset<Row> parquet(String table) {
    return spark.read().parquet(out.resolve(table).toUri().toString());
  }

  private List<Row> sums(Dataset<Row> checks) {
    checks.createOrReplaceTempView("summed");
    return spark
        .sql(
            """
            SELECT verdict, format, count(*) AS images, sum(corruptions), sum(leaks),
                   sum(check_errors), sum(beyond_corruptions), sum(beyond_leaks),
                   sum(reclaimable_bytes)
            FROM summed
            GROUP BY verdict, format
            ORDER BY verdict, format
            """)
        .collectAsList();
  }

  private static Map<Path, State> states() throws IOException {
    Map<Path, State> states = new TreeMap<>();
    try (Stream<Path> files = Files.walk(MANIFEST.fleet())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        states.put(file, new State(Files.getLastModifiedTime(file), checksum(file)));
      }
    }
    return states;
  }

  private static long checksum(Path file) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(piece.clear()) >= 0) {
        sum.update(piece.flip());
      }
    }
    return sum.getValue();
  }
}
