package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.examples.FleetManifest.Entry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report on the sample fleet against what its manifest says. */
class FleetReportTest {
  private final SparkSession spark = LocalSpark.session();
  private final FleetManifest manifest = FleetManifest.unpacked();

  @Test
  void saysOfEveryFileWhatTheManifestSays() throws IOException {
    Outcome outcome = run();

    assertThat(outcome.code()).as(outcome.err()).isZero();
    List<Entry> entries = manifest.entries();
    long problems = entries.stream().filter(entry -> !entry.readable()).count();
    long images = entries.stream().filter(entry -> entry.format() != null).count();
    assertThat(outcome.lines().get(0))
        .startsWith("Fleet of " + entries.size() + " files below " + manifest.uri("") + "/: ")
        .endsWith(", " + problems + " with problems");
    assertThat(images).isPositive();
    for (Entry entry : entries) {
      String line = outcome.line(entry.path());
      if (entry.error() != null) {
        assertThat(line).contains("ERROR: ").containsIgnoringCase(expected(entry.error()));
      } else {
        assertThat(line)
            .contains("  " + entry.format())
            .contains("  " + Quantities.bytes(entry.number("virtual_size")) + "  ")
            .contains("  " + Quantities.bytes(entry.number("allocated_size")) + "  ");
        assertProblem(entry, line);
      }
    }
  }

  private static void assertProblem(Entry entry, String line) {
    if (entry.refusal() != null) {
      assertThat(line).contains("BLOCKS NOT READ: ").containsIgnoringCase(entry.refusal());
    } else if (entry.unreadableBlocks() > 0) {
      assertThat(line).contains("ERROR in " + entry.unreadableBlocks() + " block: ");
    } else {
      assertThat(line).doesNotContain("ERROR", "NOT READ");
    }
  }

  /** The report shows messages, the table has the class of the error. */
  private static String expected(String error) {
    return error.equals("NotAnImageException") ? "ERROR: " : error;
  }

  @Test
  void writesTheExactNumbersAsParquet(@TempDir Path out) throws IOException {
    Outcome outcome = run("--out", out.toString());

    assertThat(outcome.code()).as(outcome.err()).isZero();
    List<Entry> entries = manifest.entries();
    Map<String, Row> images = new HashMap<>();
    for (Row image : table(out, "images")) {
      assertThat(images.put(image.getAs("path"), image)).isNull();
    }
    assertThat(images).hasSize(entries.size());
    for (Entry entry : entries) {
      Row image = images.get(manifest.uri(entry.path()));
      if (entry.error() != null) {
        assertThat(image.getStruct(image.fieldIndex("error")).toString())
            .as(entry.path())
            .containsIgnoringCase(entry.error());
      } else {
        for (String column : List.of("format", "virtual_size", "cluster_size", "allocated_size")) {
          Object expected = column.equals("format") ? entry.format() : entry.number(column);
          assertThat(image.<Object>getAs(column))
              .as(entry.path() + " " + column)
              .isEqualTo(expected);
        }
        assertThat(image.<Boolean>getAs("refused")).isEqualTo(entry.refusal() != null);
        assertThat(image.<Long>getAs("unreadable_blocks")).isEqualTo(entry.unreadableBlocks());
      }
    }
    assertThat(table(out, "largest").stream().map(row -> row.<Long>getAs("allocated_size")))
        .isEqualTo(
            entries.stream()
                .filter(entry -> entry.number("allocated_size") != null)
                .map(entry -> entry.number("allocated_size"))
                .sorted(Comparator.reverseOrder())
                .limit(10)
                .toList());
    assertThat(table(out, "formats").stream().mapToLong(row -> row.<Long>getAs("files")).sum())
        .isEqualTo(entries.size());
  }

  @Test
  void findsTheDuplicatesOfTheManifest(@TempDir Path out) throws IOException {
    Outcome outcome = run("--dedup", "full", "--out", out.toString());

    assertThat(outcome.code()).as(outcome.err()).isZero();
    Map<String, List<Long>> found =
        table(out, "duplicates").stream()
            .collect(
                Collectors.toMap(
                    row -> row.getAs("measure"),
                    row -> Arrays.asList(row.<Long>getAs("blocks"), row.<Long>getAs("bytes"))));
    assertThat(found).isEqualTo(manifest.duplicates());
    assertThat(outcome.line("  duplicates: copies beyond the first"))
        .contains(Quantities.bytes(manifest.duplicates().get("duplicate").get(1)));
  }

  @Test
  void takesFilesGlobsAndDirectoriesOnce() throws IOException {
    long vbox =
        manifest.entries().stream().filter(entry -> entry.directory().equals("dc2/vbox")).count();

    Outcome outcome =
        runOn(
            List.of(
                manifest.uri("dc2/vbox"),
                manifest.uri("dc2/*/desktop.vdi"),
                manifest.uri("dc1/web/web template (zlib).qcow2")),
            "--dedup",
            "off");

    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.lines().get(0))
        .startsWith("Fleet of " + (vbox + 1) + " files below " + manifest.uri(""));
    assertThat(outcome.line("dc1/web/web template (zlib).qcow2")).contains("qcow2 3");
  }

  @Test
  void failsWhenAPathDoesNotExist() {
    Outcome outcome = runOn(List.of(manifest.uri("no-such-directory")));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .contains("fleet-report: the scan failed: ")
        .contains("no-such-directory")
        .doesNotContain("\tat ");
  }

  @Test
  void explainsWrongUsage() {
    for (String[] wrong :
        List.of(
            new String[] {"--dedup", "some"},
            new String[] {"--limit", "0"},
            new String[] {"--no-such-option"})) {
      Outcome outcome = run(wrong);
      assertThat(outcome.code()).isEqualTo(2);
      assertThat(outcome.err()).contains("Usage: fleet-report.sh");
    }
  }

  @Test
  void reportsOnFilesNoneOfWhichIsAnImage(@TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("one.txt"), "text");

    Outcome outcome = runOn(List.of(directory.toString()));

    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.lines().get(0)).endsWith(": 0 images, 1 with problems");
  }

  private List<Row> table(Path out, String name) {
    return spark.read().parquet(out.resolve(name).toUri().toString()).collectAsList();
  }

  private Outcome run(String... options) {
    return runOn(List.of(manifest.fleet().toString()), options);
  }

  private static Outcome runOn(List<String> paths, String... options) {
    List<String> arguments = new ArrayList<>(Arrays.asList(options));
    arguments.addAll(paths);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        FleetReport.run(
            arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Outcome(code, out.toString(), err.toString());
  }

  private record Outcome(int code, String out, String err) {

    List<String> lines() {
      return out.lines().toList();
    }

    /** The first line that begins with a text and blanks. */
    String line(String start) {
      return lines().stream()
          .filter(line -> line.startsWith(start + "  "))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no line for " + start + " in\n" + out));
    }
  }
}
