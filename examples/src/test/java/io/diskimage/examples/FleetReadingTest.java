package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report's queries and text on tables made by hand. */
class FleetReadingTest {
  private static final StructType IMAGES =
      StructType.fromDDL(
          "path STRING, format STRING, format_version STRING, virtual_size BIGINT,"
              + " host_size BIGINT, allocated_size BIGINT, features ARRAY<STRING>,"
              + " header MAP<STRING, STRING>,"
              + " error STRUCT<class: STRING, message: STRING, host_offset: BIGINT>");
  private static final StructType BLOCKS =
      StructType.fromDDL(
          "path STRING, `offset` BIGINT, length INT, allocated BOOLEAN, data BINARY,"
              + " _format STRING,"
              + " _error STRUCT<class: STRING, message: STRING, host_offset: BIGINT>");
  private static final int BLOCK = 65536;

  private final SparkSession spark = LocalSpark.session().newSession();
  private final List<Row> images = new ArrayList<>();
  private final List<Row> blocks = new ArrayList<>();

  FleetReadingTest() {
    // Compiling queries takes longer than running them on so few rows.
    spark.conf().set("spark.sql.codegen.wholeStage", "false");
  }

  @Test
  void countsCopiesAcrossImagesAndFormats() {
    image("/vm/a.x", "x", 10 * BLOCK, 4 * BLOCK);
    image("/vm/b.x", "x", 10 * BLOCK, 2 * BLOCK);
    image("/vm/c.y", "y", 10 * BLOCK, 3 * BLOCK);
    stored("/vm/a.x", "x", 0, filled(1));
    stored("/vm/a.x", "x", 1, filled(1));
    stored("/vm/a.x", "x", 2, filled(2));
    stored("/vm/a.x", "x", 3, new byte[BLOCK]);
    stored("/vm/b.x", "x", 0, filled(2));
    stored("/vm/b.x", "x", 7, filled(3));
    stored("/vm/c.y", "y", 0, filled(3));
    stored("/vm/c.y", "y", 1, filled(4));
    stored("/vm/c.y", "y", 2, Arrays.copyOf(filled(4), 512));

    try (FleetReading reading = read(DedupMode.FULL)) {
      assertThat(measures(reading))
          .containsExactly(
              measure("data", 8, 7L * BLOCK + 512),
              measure("distinct", 5, 4L * BLOCK + 512),
              measure("duplicate", 3, 3L * BLOCK),
              measure("in several images", 4, 4L * BLOCK),
              measure("in several formats", 2, 2L * BLOCK),
              measure("zero", 1, 1L * BLOCK),
              measure("unreadable", 0, null));
      assertThat(render(reading, 100))
          .contains("stored, not all zero")
          .containsPattern("duplicates: copies beyond the first +3 +192[.]0 KiB +42[.]8 %")
          .doesNotContain("sample");
    }
  }

  @Test
  void samplesTheSameOffsetsOfEveryImage() {
    image("/vm/a.x", "x", 5000L * BLOCK, 5000L * BLOCK);
    image("/vm/b.x", "x", 5000L * BLOCK, 5000L * BLOCK);
    for (int number = 0; number < 5000; number++) {
      byte[] content = filled(number, 512);
      stored("/vm/a.x", "x", number, content);
      stored("/vm/b.x", "x", number, content);
    }

    try (FleetReading reading = read(DedupMode.SAMPLE)) {
      List<Row> measures = reading.table("duplicates").collectAsList();
      long sampled = measures.get(0).getAs("blocks");
      assertThat(sampled).isBetween(40L, 180L);
      assertThat(measures.get(2).<Double>getAs("share")).isEqualTo(0.5);
      assertThat(measures).allMatch(row -> row.getAs("mode").equals("sample"));
      assertThat(render(reading, 100)).contains("A repeatable sample: 1 % of the block offsets");
    }
  }

  @Test
  void readsNoBlocksWhenDuplicatesAreNotAskedFor() {
    image("/vm/a.x", "x", BLOCK, BLOCK);
    stored("/vm/a.x", "x", 0, filled(1));

    try (FleetReading reading = read(DedupMode.OFF)) {
      assertThat(reading.table("duplicates").isEmpty()).isTrue();
      assertThat(render(reading, 100)).contains("not looked for (--dedup off)");
    }
  }

  @Test
  void tellsEveryKindOfProblem() {
    image("/vm/a/fine.x", "x", 10 * BLOCK, BLOCK, "compressed", "snapshots");
    stored("/vm/a/fine.x", "x", 0, filled(1));
    images.add(
        RowFactory.create(
            "/vm/a/note.txt",
            null,
            null,
            null,
            5L,
            null,
            null,
            null,
            error("/vm/a/note.txt: no magic")));
    image("/vm/a/refused.x", "x", 10 * BLOCK, BLOCK, "encrypted");
    blocks.add(
        RowFactory.create(
            "/vm/a/refused.x", null, null, null, null, null, error("/vm/a/refused.x: no key")));
    image("/vm/b/damaged.x", "x", 10 * BLOCK, 2 * BLOCK);
    for (long number = 0; number < 2; number++) {
      blocks.add(
          RowFactory.create(
              "/vm/b/damaged.x",
              number * BLOCK,
              BLOCK,
              true,
              null,
              "x",
              error("/vm/b/damaged.x: bad stream " + number)));
    }
    image("/vm/b/unmapped.x", "x", 10 * BLOCK, 0);
    blocks.add(
        RowFactory.create(
            "/vm/b/unmapped.x", 0L, BLOCK, null, null, "x", error("/vm/b/unmapped.x: bad table")));

    try (FleetReading reading = read(DedupMode.FULL)) {
      List<String> lines = render(reading, 100).lines().toList();
      assertThat(lines.get(0)).isEqualTo("Fleet of 5 files below /vm/: 4 images, 4 with problems");
      assertThat(line(lines, "a/fine.x")).endsWith("10.0 %  compressed, snapshots");
      assertThat(line(lines, "a/note.txt")).matches("a/note.txt +- +- +- +-  ERROR: no magic");
      assertThat(line(lines, "a/refused.x")).endsWith("encrypted; BLOCKS NOT READ: no key");
      assertThat(line(lines, "b/damaged.x")).endsWith("20.0 %  ERROR in 2 blocks: bad stream 0");
      assertThat(line(lines, "b/unmapped.x")).endsWith("0.0 %  ERROR in 1 block: bad table");
      assertThat(line(lines, "no image")).matches("no image +1 +1 +- +- +- +5 B");
      assertThat(measures(reading)).contains(measure("unreadable", 2, null));
      assertThat(lines).doesNotContain("Images with problems");
    }
  }

  @Test
  void endsALongListingAndShowsTheProblemsApart() {
    for (int number = 10; number < 40; number++) {
      image("/vm/" + number + ".x", "x", BLOCK, 0);
    }
    blocks.add(
        RowFactory.create("/vm/39.x", null, null, null, null, null, error("/vm/39.x: no key")));

    try (FleetReading reading = read(DedupMode.FULL)) {
      List<String> lines = render(reading, 4).lines().toList();
      assertThat(lines).contains("and 26 more images", "Images with problems");
      assertThat(lines.stream().filter(line -> line.matches("[1-3][0-9][.]x +x .*")))
          .hasSize(4 + 1);
      assertThat(line(lines, "39.x")).endsWith("BLOCKS NOT READ: no key");
      assertThat(reading.table("images").count()).isEqualTo(30);
      assertThat(reading.table("largest").count()).isEqualTo(10);
    }
  }

  @Test
  void reportsOnNothing() {
    try (FleetReading reading = read(DedupMode.FULL)) {
      assertThat(render(reading, 10)).startsWith("Fleet of 0 files: 0 images, 0 with problems\n");
      assertThat(measures(reading)).contains(measure("data", 0, 0L));
    }
  }

  @Test
  void writesItsTablesAndReplacesThoseOfAnEarlierRun(@TempDir Path directory) {
    image("/vm/a.x", "x", 10 * BLOCK, BLOCK);
    stored("/vm/a.x", "x", 0, filled(1));
    String out = directory.resolve("report").toUri().toString();

    try (FleetReading reading = read(DedupMode.FULL)) {
      reading.write(out);
      reading.write(out);
      assertThat(reading.tables())
          .containsOnlyKeys(
              "images",
              "formats",
              "largest",
              "duplicates",
              "checks",
              "findings",
              "verdicts",
              "directories",
              "kinds",
              "exposure");
      for (String table : reading.tables().keySet()) {
        assertThat(spark.read().parquet(out + "/" + table).collectAsList())
            .isEqualTo(reading.table(table).collectAsList());
      }
    }
  }

  private FleetReading read(DedupMode mode) {
    FleetTables fleet =
        new FleetTables(
            spark,
            spark.createDataFrame(images, IMAGES),
            spark.createDataFrame(blocks, BLOCKS),
            spark.createDataFrame(List.of(), CheckRows.CHECKS),
            spark.createDataFrame(List.of(), CheckRows.FINDINGS),
            spark.createDataFrame(List.of(), CheckRows.REFERENCES));
    return FleetReading.of(
        fleet,
        new FleetReading.Request(mode, new DirectoryGroups(List.of("/vm"), 1), null),
        step -> {});
  }

  private void image(String path, String format, long size, long allocated, String... features) {
    images.add(RowFactory.create(path, format, null, size, 10L, allocated, features, null, null));
  }

  private void stored(String path, String format, long number, byte[] data) {
    blocks.add(RowFactory.create(path, number * BLOCK, data.length, true, data, format, null));
  }

  private static Row error(String message) {
    return RowFactory.create("ExampleException", message, null);
  }

  private static byte[] filled(int value) {
    return filled(value, BLOCK);
  }

  private static byte[] filled(int value, int length) {
    byte[] block = new byte[length];
    block[0] = 1;
    block[1] = (byte) (value >>> 8);
    block[2] = (byte) value;
    return block;
  }

  private static String render(FleetReading reading, int limit) {
    return new ReportText(reading, limit).render();
  }

  private static String line(List<String> lines, String start) {
    return lines.stream().filter(line -> line.startsWith(start + " ")).findFirst().orElseThrow();
  }

  private static List<Row> measures(FleetReading reading) {
    return reading.table("duplicates").select("measure", "blocks", "bytes").collectAsList();
  }

  private static Row measure(String name, long blocks, Long bytes) {
    return RowFactory.create(name, blocks, bytes);
  }
}
