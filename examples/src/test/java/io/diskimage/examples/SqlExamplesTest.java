package io.diskimage.examples;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.diskimage.examples.FleetManifest.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each file below {@code sql} on the sample fleet. */
class SqlExamplesTest {
  private static final long BLOCK = 1 << 16;
  private static final long MIB = 1 << 20;

  private final FleetManifest manifest = FleetManifest.unpacked();
  private final SparkSession spark = LocalSpark.session().newSession();

  @Test
  void largestImages() throws IOException {
    List<Entry> largest =
        manifest.entries().stream()
            .filter(entry -> entry.number("allocated_size") != null)
            .sorted(
                Comparator.comparing((Entry entry) -> -entry.number("allocated_size"))
                    .thenComparing(Entry::path))
            .limit(10)
            .toList();

    assertThat(run("largest-images.sql"))
        .extracting(row -> row.get(0), row -> row.get(3))
        .containsExactlyElementsOf(
            largest.stream()
                .map(entry -> tuple(manifest.uri(entry.path()), entry.number("allocated_size")))
                .toList());
  }

  @Test
  void allocatedByDirectory() throws IOException {
    Map<String, List<Entry>> directories =
        manifest.entries().stream().collect(groupingBy(Entry::directory));

    List<Row> rows = run("allocated-by-directory.sql");

    assertThat(rows).hasSameSizeAs(directories.keySet());
    for (Row row : rows) {
      String directory = row.<String>getAs("directory").substring(manifest.uri("").length() + 1);
      List<Entry> entries = directories.get(directory);
      assertThat(row.<Long>getAs("files")).isEqualTo(entries.size());
      assertThat(row.<Long>getAs("unreadable"))
          .isEqualTo(entries.stream().filter(entry -> entry.error() != null).count());
      assertThat(row.<Long>getAs("allocated_bytes"))
          .isEqualTo(
              entries.stream()
                  .map(entry -> entry.number("allocated_size"))
                  .filter(Objects::nonNull)
                  .mapToLong(Long::longValue)
                  .sum());
    }
  }

  @Test
  void unreadableImages() throws IOException {
    Set<String> expected =
        manifest.entries().stream()
            .filter(entry -> entry.error() != null || entry.refusal() != null)
            .map(entry -> manifest.uri(entry.path()))
            .collect(toSet());

    List<Row> rows = run("unreadable-images.sql");

    assertThat(rows.stream().map(row -> row.<String>getAs("path")).collect(toSet()))
        .isEqualTo(expected);
    assertThat(rows).noneMatch(row -> row.isNullAt(1) || row.isNullAt(2));
  }

  @Test
  void duplicateBlocks() {
    List<Row> rows = run("duplicate-blocks.sql");

    assertThat(rows).hasSize(20);
    // Zeros, in fixed and preallocated images above all, are what is stored most often.
    assertThat(rows.get(0).<String>getAs("digest"))
        .isEqualTo("de2f256064a0af797747c2b97505dc0b9f3df0de4f489eac731c23ae9ca9cc31");
    // The first blocks of the golden disk are in its clones of all five formats.
    assertThat(rows.get(1).<Long>getAs("formats")).isEqualTo(5);
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row.<Long>getAs("copies") * BLOCK)
                    .isGreaterThanOrEqualTo(row.<Long>getAs("wasted_bytes")));
  }

  @Test
  void fragmentation() throws IOException {
    Map<String, Long> runs = new TreeMap<>();
    manifest.entries().stream()
        .filter(entry -> entry.error() == null && entry.refusal() == null)
        .forEach(entry -> runs.put(manifest.uri(entry.path()), entry.number("data_extents")));

    Map<String, Long> found = new TreeMap<>();
    run("fragmentation.sql").forEach(row -> found.put(row.getAs("path"), row.getAs("runs")));

    assertThat(found).isEqualTo(runs);
  }

  @Test
  void basesInUse() {
    // By make-fleet.sh web-01 stores 52 blocks of 64 KiB. Two overlays read them, all but the one
    // that web-03 has zeroed. Of the 5 blocks of 1 MiB that desktop.vdi stores its child has one.
    assertThat(run("bases-in-use.sql"))
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2))
        .contains(
            tuple(manifest.uri("dc1/web/web-01.qcow2"), 2L, (52 + 51) * BLOCK),
            tuple(manifest.uri("dc2/vbox/desktop.vdi"), 1L, 4 * MIB));
  }

  @Test
  void snapshots() {
    assertThat(run("snapshots.sql"))
        .extracting(row -> row.getTimestamp(0).toInstant().toString(), row -> row.get(3))
        .containsExactly(
            tuple("2026-01-01T00:00:00Z", "before-upgrade"),
            tuple("2026-01-02T00:00:00Z", "after-upgrade"),
            tuple("2026-01-03T00:00:00Z", "grown"));
  }

  @Test
  void changedSinceSnapshot() {
    // As make-fleet.sh wrote the disk after that snapshot.
    Stream<String> changed = blocks("changed", 0, 8);
    Stream<String> gone = blocks("gone", 512 * MIB, 2);
    Stream<String> added = blocks("new", 2048 * MIB, 8);

    assertThat(run("changed-since-snapshot.sql"))
        .extracting(row -> row.get(0) + " " + row.get(1))
        .containsExactlyElementsOf(
            Stream.of(changed, gone, added).flatMap(blocks -> blocks).toList());
  }

  @Test
  void incrementalCopy() {
    // As make-fleet.sh wrote the disk between the two snapshots.
    Stream<String> written = changes("update_postimage true", 0, 8);
    Stream<String> zeroed = changes("update_postimage false", 512 * MIB, 2);
    Stream<String> added = changes("insert true", 2048 * MIB, 8);

    assertThat(run("incremental-copy.sql"))
        .extracting(row -> row.get(0) + " " + row.get(1) + " " + row.get(2) + " " + row.get(3))
        .containsExactlyElementsOf(
            Stream.of(written, zeroed, added).flatMap(blocks -> blocks).toList());
  }

  private static Stream<String> changes(String change, long from, int count) {
    return blocks(BLOCK + " " + change, from, count);
  }

  @Test
  void referenceLoops(@TempDir Path directory) throws IOException {
    Overlays.write(directory.resolve("a.qcow2"), "sub/b.qcow2");
    Files.createDirectory(directory.resolve("sub"));
    Overlays.write(directory.resolve("sub/b.qcow2"), "../c.qcow2");
    Overlays.write(directory.resolve("c.qcow2"), "./a.qcow2");
    Overlays.write(directory.resolve("into-the-circle.qcow2"), "a.qcow2");
    Overlays.write(directory.resolve("self.qcow2"), directory + "/self.qcow2");
    Overlays.write(directory.resolve("base.qcow2"), "");
    Overlays.write(directory.resolve("overlay.qcow2"), "base.qcow2");
    Overlays.write(directory.resolve("one.qcow2"), "two.qcow2");
    Overlays.write(directory.resolve("two.qcow2"), "one.qcow2");

    assertThat(run("reference-loops.sql", directory))
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.getList(2))
        .containsExactly(
            loop(directory, "a.qcow2", "sub/b.qcow2", "c.qcow2"),
            loop(directory, "one.qcow2", "two.qcow2"),
            loop(directory, "self.qcow2"));
    assertThat(run("reference-loops.sql"))
        .extracting(row -> row.getList(2))
        .containsExactly(
            List.of(manifest.uri("incoming/loop-a.qcow2"), manifest.uri("incoming/loop-b.qcow2")));
  }

  private static Tuple loop(Path directory, String... files) {
    List<String> paths = Stream.of(files).map(file -> "file:" + directory.resolve(file)).toList();
    return tuple(paths.get(0), files.length, paths);
  }

  @Test
  void missingParents(@TempDir Path directory) throws IOException {
    Overlays.write(directory.resolve("child.qcow2"), "gone/base.qcow2");
    Overlays.write(directory.resolve("grandchild.qcow2"), "child.qcow2");
    Overlays.write(directory.resolve("top.qcow2"), "grandchild.qcow2");
    Overlays.write(directory.resolve("base.qcow2"), "");
    Overlays.write(directory.resolve("whole.qcow2"), "base.qcow2");
    for (String child : List.of("dc2/vbox/desktop-child.vdi", "dc2/hyperv/mail-child.vhd")) {
      Path file = manifest.fleet().resolve(child);
      Files.copy(file, directory.resolve(file.getFileName()));
    }
    // A name is not enough where the child recorded an id.
    Overlays.write(directory.resolve("mail.vhd"), "");

    List<Row> rows = run("missing-parents.sql", directory);

    assertThat(rows)
        .extracting(row -> Path.of(row.getString(0)).getFileName() + " " + row.get(1))
        .containsExactly(
            "child.qcow2 1",
            "grandchild.qcow2 2",
            "top.qcow2 3",
            "desktop-child.vdi 1",
            "mail-child.vhd 1");
    assertThat(rows.get(1).getList(2)).isEqualTo(List.of("gone/base.qcow2"));
    assertThat(rows.get(3).getList(2)).isEmpty();
    assertThat(rows.get(3).<String>getAs("parent_id")).hasSize(36);
    assertThat(run("missing-parents.sql"))
        .extracting(row -> row.get(0))
        .containsExactly(
            manifest.uri("incoming/absolute.qcow2"),
            manifest.uri("incoming/escape.qcow2"),
            manifest.uri("incoming/json.qcow2"),
            manifest.uri("incoming/missing-base.qcow2"));
  }

  @Test
  void nightlyIndexAndFullestImages(@TempDir Path directory) throws IOException {
    List<Entry> images =
        manifest.entries().stream()
            .filter(entry -> entry.number("allocated_size") != null)
            .filter(entry -> entry.path().startsWith("dc"))
            .toList();
    for (Entry entry : images) {
      Path copy = directory.resolve(entry.path());
      Files.createDirectories(copy.getParent());
      Files.copy(manifest.fleet().resolve(entry.path()), copy, COPY_ATTRIBUTES);
    }

    assertThat(run("nightly-index.sql", directory))
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2))
        .containsExactly(tuple((long) images.size(), 0L, (long) images.size()));
    assertThat(run("nightly-index.sql", directory))
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2))
        .containsExactly(tuple((long) images.size(), (long) images.size(), 0L));
    assertThat(run("fullest-images.sql", directory))
        .extracting(row -> row.getString(0))
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(
            images.stream()
                .filter(
                    entry -> entry.number("allocated_size") * 4 >= entry.number("virtual_size") * 3)
                .map(entry -> "file:" + directory.resolve(entry.path()))
                .toList());
  }

  @Test
  void everyFileHasATest() throws IOException {
    assertThat(SqlFiles.names())
        .containsExactlyInAnyOrder(
            "largest-images.sql",
            "allocated-by-directory.sql",
            "unreadable-images.sql",
            "duplicate-blocks.sql",
            "fragmentation.sql",
            "snapshots.sql",
            "changed-since-snapshot.sql",
            "bases-in-use.sql",
            "incremental-copy.sql",
            "reference-loops.sql",
            "missing-parents.sql",
            "nightly-index.sql",
            "fullest-images.sql",
            // CheckSqlExamplesTest
            "leaks-per-data-centre.sql",
            "images-at-risk.sql",
            "clustered-leaks.sql",
            "stale-overlays.sql");
  }

  private static Stream<String> blocks(String change, long from, int count) {
    return LongStream.range(0, count).mapToObj(i -> (from + i * BLOCK) + " " + change);
  }

  private List<Row> run(String file) {
    return run(file, manifest.fleet());
  }

  private List<Row> run(String file, Path fleet) {
    return SqlFiles.run(spark, file, fleet);
  }
}
