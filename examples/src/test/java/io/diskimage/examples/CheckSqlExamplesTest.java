package io.diskimage.examples;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.examples.FleetManifest.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files below {@code sql} that ask for damage and neglect, on the sample fleet. */
class CheckSqlExamplesTest {
  private static final long MIB = 1 << 20;

  private final FleetManifest manifest = FleetManifest.unpacked();
  private final SparkSession spark = LocalSpark.session().newSession();

  @Test
  void leaksPerDataCentre() throws IOException {
    Map<String, List<Entry>> centres =
        manifest.entries().stream().collect(groupingBy(Entry::dataCentre));
    // As make-fleet.sh made them: clusters that qemu-img counts, and in dc2 what it has no check
    // for:
    // 5 MiB behind the blocks of a VHD, whose blocks take 2 MiB and a sector, two blocks behind
    // those of a VDI, and the block of another that is no longer in its map.
    Map<String, Long> beyondQemu = Map.of("dc2", 3L + 2 + 1);

    List<Row> rows = run("leaks-per-data-centre.sql");

    assertThat(rows)
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2), row -> row.get(3))
        .containsExactlyInAnyOrderElementsOf(
            centres.entrySet().stream()
                .map(
                    centre ->
                        tuple(
                            centre.getKey(),
                            (long) centre.getValue().size(),
                            verdicts(centre.getValue(), "leaks"),
                            verdicts(centre.getValue(), "corrupt")))
                .toList());
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row.<Long>getAs("leaked_clusters"))
                    .isEqualTo(
                        centres.get(row.<String>getAs("data_centre")).stream()
                                .filter(Entry::countedByQemu)
                                .mapToLong(entry -> entry.number("leaks"))
                                .sum()
                            + beyondQemu.getOrDefault(row.<String>getAs("data_centre"), 0L)));
    assertThat(rows.stream().map(row -> row.<Long>getAs("reclaimable_bytes")))
        .isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(rows)
        .filteredOn(row -> row.getAs("data_centre").equals("dc3"))
        .extracting(row -> row.getAs("reclaimable_bytes"))
        .containsExactly(3 * MIB);
  }

  private static long verdicts(List<Entry> entries, String verdict) {
    return entries.stream().filter(entry -> entry.verdict().equals(verdict)).count();
  }

  @Test
  void imagesAtRisk() throws IOException {
    Map<String, List<String>> expected = new TreeMap<>();
    manifest.entries().stream()
        .filter(entry -> entry.verdict().equals("corrupt"))
        .forEach(entry -> expected.put(manifest.uri(entry.path()), List.of("corrupt")));
    Map.of(
            "dc1/db/db-crashed.qcow2", List.of("corrupt", "dirty"),
            "dc3/parallels/unclean.hdd", List.of("corrupt", "dirty"),
            "dc1/lab/marked-corrupt.qcow2", List.of("marked corrupt"),
            "dc1/db/db-legacy-v2.qcow2", List.of("version 2"),
            "dc1/lab/huge-l1.qcow2", List.of("huge L1 table"))
        .forEach((path, risks) -> expected.put(manifest.uri(path), risks));

    Map<String, List<String>> found = new TreeMap<>();
    run("images-at-risk.sql").forEach(row -> found.put(row.getAs("path"), row.getList(3)));

    assertThat(found).isEqualTo(expected);
  }

  @Test
  void clusteredLeaks() {
    // scattered-leaks.qcow2 leaks as many clusters, in three places.
    assertThat(run("clustered-leaks.sql"))
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2), row -> row.get(3))
        .containsExactly(tuple(manifest.uri("dc1/db/db-leaks.qcow2"), 24L, 24L, 512 * MIB));
  }

  @Test
  void staleOverlays() {
    assertThat(run("stale-overlays.sql"))
        .extracting(
            row -> row.get(0),
            row -> row.getTimestamp(1).toInstant().toString(),
            row -> row.get(2),
            row -> row.getTimestamp(3).toInstant().toString())
        .containsExactly(
            tuple(
                manifest.uri("dc1/web/web-04-stale-overlay.qcow2"),
                "2025-12-01T00:00:00Z",
                manifest.uri("dc1/web/web-01.qcow2"),
                "2026-01-01T00:00:00Z"));
  }

  @Test
  void staleOverlaysFindsParentsByNameAndById(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("a/b"));
    Overlays.write(directory.resolve("base.qcow2"), "");
    copy("dc2/vbox/desktop.vdi", directory.resolve("renamed.vdi"));
    Overlays.write(directory.resolve("a/b/up.qcow2"), "../.././base.qcow2");
    Overlays.write(directory.resolve("a/absolute.qcow2"), directory + "/base.qcow2");
    Overlays.write(directory.resolve("a/elsewhere.qcow2"), "base.qcow2");
    Overlays.write(directory.resolve("newer.qcow2"), "base.qcow2");
    copy("dc2/vbox/desktop-child.vdi", directory.resolve("a/child.vdi"));
    for (String old : List.of("up", "absolute", "elsewhere", "child")) {
      age(directory, old, "2025-01-01T00:00:00Z");
    }
    age(directory, "base", "2025-02-01T00:00:00Z");
    age(directory, "renamed", "2025-01-03T00:00:00Z");

    assertThat(SqlFiles.run(spark, "stale-overlays.sql", directory))
        .extracting(row -> row.get(0), row -> row.get(2))
        .containsExactly(
            tuple("file:" + directory + "/a/absolute.qcow2", "file:" + directory + "/base.qcow2"),
            tuple("file:" + directory + "/a/b/up.qcow2", "file:" + directory + "/base.qcow2"),
            tuple("file:" + directory + "/a/child.vdi", "file:" + directory + "/renamed.vdi"));
  }

  private void copy(String image, Path to) throws IOException {
    Files.copy(manifest.fleet().resolve(image), to);
  }

  private static void age(Path directory, String name, String time) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith(name + ".")).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
      }
    }
  }

  private List<Row> run(String file) {
    return SqlFiles.run(spark, file, manifest.fleet());
  }
}
