package io.diskimage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.examples.FleetManifest.Entry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
  void sumsUpByTheDirectoriesAskedFor(@TempDir Path out) throws IOException {
    Outcome outcome = run("--dedup", "off", "--group-by-depth", "2", "--out", out.toString());

    assertThat(outcome.code()).as(outcome.err()).isZero();
    Map<String, Long> expected =
        manifest.entries().stream()
            .collect(
                Collectors.groupingBy(
                    entry -> manifest.uri(directory(entry, 2)), Collectors.counting()));
    Map<String, Long> found =
        table(out, "directories").stream()
            .collect(Collectors.toMap(row -> row.getAs("directory"), row -> row.getAs("files")));
    assertThat(found).isEqualTo(expected);
    assertThat(outcome.line("dc2/hyperv")).matches("dc2/hyperv +6 .*");
  }

  private static String directory(Entry entry, int depth) {
    return Arrays.stream(entry.directory().split("/"))
        .limit(depth)
        .collect(Collectors.joining("/"));
  }

  @Test
  void checksAsDeepAsItIsTold() {
    List<String> damaged = List.of(manifest.uri("incoming/damaged-cluster.qcow2"));
    String crashed = manifest.uri("dc1/db/db-crashed.qcow2");

    assertThat(runOn(damaged, "--dedup", "off").out())
        .contains("damaged-cluster.qcow2  qcow2   clean")
        .doesNotContain("QCOW2_COMPRESSED_UNDECODABLE");
    assertThat(runOn(damaged, "--dedup", "off", "--level", "full").out())
        .contains("damaged-cluster.qcow2  qcow2   corrupt", "QCOW2_COMPRESSED_UNDECODABLE");
    assertThat(runOn(List.of(crashed), "--dedup", "off", "--level", "header").out())
        .contains("QCOW2_DIRTY")
        .doesNotContain("QCOW2_REFCOUNT_MISSING");
  }

  @Test
  void tellsWhatChangedSinceAnEarlierRun(@TempDir Path directory) throws IOException {
    Path fleet = Files.createDirectory(directory.resolve("fleet"));
    String out = directory.resolve("report").toString();
    Path breaking = fleet.resolve("breaking.qcow2");
    copy("dc1/db/db-preallocated.qcow2", breaking);
    copy("dc2/hyperv/backup-tail.vhd", fleet.resolve("leaving.vhd"));
    copy("dc1/lab/marked-corrupt.qcow2", fleet.resolve("staying.qcow2"));
    String[] options = {"--dedup", "off", "--out", out, "--compare", out};
    assertThat(runOn(List.of(fleet.toString()), "--dedup", "off", "--out", out).code()).isZero();

    copy("dc1/lab/shared-cluster.qcow2", breaking);
    Files.delete(fleet.resolve("leaving.vhd"));
    copy("dc2/vbox/desktop.vdi", fleet.resolve("coming.vdi"));
    Outcome changed = runOn(List.of(fleet.toString()), options);
    Outcome unchanged = runOn(List.of(fleet.toString()), options);

    assertThat(changed.code()).as(changed.err()).isZero();
    assertThat(changed.out())
        .containsPattern("new +coming[.]vdi +- +clean\n")
        .containsPattern("gone +leaving[.]vhd +leaks +-\n")
        .containsPattern("changed +breaking[.]qcow2 +clean +corrupt\n")
        .containsPattern("new +breaking[.]qcow2 +QCOW2_REFCOUNT_TOO_LOW +- +1\n")
        .containsPattern("gone +leaving[.]vhd +VHD_TAIL_LEAK +3 +-\n")
        .doesNotContainPattern("(new|gone|changed) +staying[.]qcow2");
    assertThat(unchanged.code()).as(unchanged.err()).isZero();
    assertThat(unchanged.out())
        .contains("none is new, gone or of another verdict\n", "none is new or gone\n");
  }

  private void copy(String image, Path to) throws IOException {
    Files.copy(manifest.fleet().resolve(image), to, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void failsBeforeTheScanWhenThereIsNothingToCompareWith(@TempDir Path directory) {
    Outcome outcome = run("--compare", directory.toString());

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .contains("the scan failed: ", directory + "/checks")
        .doesNotContain("reading the metadata");
    assertThat(outcome.out()).isEmpty();
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
            new String[] {"--level", "some"},
            new String[] {"--group-by-depth", "-1"},
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
