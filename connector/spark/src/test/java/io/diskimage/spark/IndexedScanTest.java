package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.hostile.SmallImages;
import io.diskimage.spark.benchmark.MetricsOfQuery;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scans with an index have the rows of scans without one, and open what it does not know. */
class IndexedScanTest {
  private static final int IMAGES = IndexedFleet.FORMATS.size() + 3;

  @TempDir private Path directory;
  private IndexedFleet fleet;

  @BeforeEach
  void buildIndex() throws IOException {
    fleet = new IndexedFleet(directory).withGoodAndBad();
    assertThat(fleet.build()).containsExactly((long) IMAGES, 0L, (long) IMAGES, 2L, 1L);
  }

  @AfterEach
  void nothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM $images",
        "SELECT path, error FROM $images",
        "SELECT allocated_size, format FROM $images",
        "SELECT count(*) FROM $images",
        "SELECT format, sum(virtual_size) FROM $images GROUP BY format",
        "SELECT path FROM $images WHERE path LIKE '%good%' LIMIT 100",
      })
  void imagesThatTheIndexKnowsAreNotOpened(String query) {
    MetricsOfQuery indexed = fleet.same(query);
    assertThat(IndexedFleet.opened(indexed)).isZero();
    assertThat(indexed.sum("imagesFailed")).isZero();
    assertThat(indexed.sum("indexProblems")).isZero();
  }

  @Test
  void onlyNewAndChangedImagesAreOpened() throws IOException {
    byte[] other = new byte[1 << 16];
    other[0] = 1;
    fleet.write("raw/disk.raw", other);
    fleet.write("new.raw", new byte[512]);
    Files.delete(fleet.root().resolve("vdi/good.vdi"));

    MetricsOfQuery indexed = fleet.same("SELECT * FROM $images");
    assertThat(IndexedFleet.opened(indexed)).isEqualTo(2);
    assertThat(indexed.sum("imagesIndexed")).isEqualTo(IMAGES - 2);

    ImageCache.get().clear();
    assertThat(fleet.build()).startsWith((long) IMAGES, IMAGES - 2L, 2L, 2L);
    assertThat(fleet.build()).startsWith((long) IMAGES, (long) IMAGES, 0L, 2L);
    assertThat(IndexedFleet.opened(fleet.same("SELECT * FROM $images"))).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "format = 'qcow2'",
        "format IN ('qcow2', 'vpc') OR virtual_size > 1000000000",
        "format IS NULL",
        "virtual_size < 1000000",
        "host_size >= 65536",
        "cluster_size IS NULL",
        "allocated_size = 0",
        "NOT encrypted",
        "dirty IS NULL",
        "corrupt = false",
        "backing_file IS NOT NULL",
        "parent_id <=> NULL",
        "image_id LIKE '0%'",
        "snapshot_count = 0",
        "modified < timestamp '2000-01-01'",
        "error IS NULL",
        "error IS NOT NULL",
        "format_version > '1'",
      })
  void whatDoesNotMatchIsLeftOut(String predicate) {
    String query = "SELECT path, virtual_size FROM $images WHERE " + predicate;
    MetricsOfQuery indexed = fleet.same(query);
    assertThat(IndexedFleet.opened(indexed)).isZero();
    assertThat(indexed.sum("blocks")).isEqualTo(indexed.rows().size());
  }

  @Test
  void predicatesThatTheIndexCannotDecideAreLeftToSpark() {
    for (String predicate :
        List.of(
            "error.class = 'NotAnImageException'",
            "array_contains(features, 'x') OR format = 'vdi'",
            "header['x'] IS NULL",
            "virtual_size % 2 = 0")) {
      MetricsOfQuery indexed = fleet.same("SELECT path FROM $images WHERE " + predicate);
      assertThat(IndexedFleet.opened(indexed)).as(predicate).isZero();
    }
  }

  @Test
  void imagesWithoutSnapshotsOrBitmapsAreNotOpenedForThem() throws IOException {
    fleet.write("none.qcow2", SmallImages.of("qcow2"));
    for (String table : List.of("snapshots", "bitmaps")) {
      long opened = fleet.run("SELECT * FROM $" + table, false).sum("imagesOpened");
      MetricsOfQuery indexed = fleet.same("SELECT * FROM $" + table);
      assertThat(IndexedFleet.opened(indexed)).as(table).isLessThan(opened).isPositive();
    }
    fleet.build();
    String qcow2 = "SELECT * FROM $snapshots WHERE path LIKE '%.qcow2'";
    assertThat(IndexedFleet.opened(fleet.same(qcow2))).isZero();
  }

  @Test
  void blocksAndChecksOfAnotherFormatAreNotOpened() {
    MetricsOfQuery blocks =
        fleet.same(
            "SELECT path, sha2(data, 256) FROM $blocks WHERE _format = 'vdi'"
                .replace("$blocks", "(SELECT *, _format FROM $blocks WHERE path LIKE '%good%')"));
    assertThat(IndexedFleet.opened(blocks)).isEqualTo(1);
    MetricsOfQuery checks = fleet.same("SELECT path, verdict FROM $checks WHERE format = 'qcow2'");
    // The two files that are no images have no format to be told by.
    assertThat(IndexedFleet.opened(checks) + checks.sum("imagesFailed")).isLessThanOrEqualTo(3);
  }

  @Test
  void anIndexOfOtherFilesSaysNothing() throws IOException {
    IndexedFleet other = new IndexedFleet(Files.createDirectories(directory.resolve("other")));
    other.write("a.raw", new byte[512]);
    other.build();
    Files.move(fleet.index(), directory.resolve("unused"));
    Files.move(other.index(), fleet.index());

    MetricsOfQuery indexed = fleet.same("SELECT * FROM $images");
    assertThat(indexed.sum("imagesIndexed")).isZero();
    assertThat(indexed.sum("indexProblems")).isZero();
    assertThat(fleet.build()).startsWith((long) IMAGES, 0L, (long) IMAGES);
  }

  @Test
  void anIndexThatWasBuiltWithOtherOptionsIsNotUsed() {
    String query = "SELECT path, format FROM $images".replace(" FROM", ", error FROM");
    List<String> expected =
        fleet.rows(query.replace("$images", withOption("imageFormat = 'raw'", "")), false);
    MetricsOfQuery indexed =
        fleet.run(query.replace("$images", withOption("imageFormat = 'raw'", ", $options")), true);

    assertThat(IndexedFleet.sorted(indexed)).isEqualTo(expected);
    assertThat(indexed.sum("imagesIndexed")).isZero();
    assertThat(indexed.sum("indexProblems")).isEqualTo(1);
  }

  private String withOption(String option, String more) {
    return "images.`" + fleet.root() + "`.images WITH (" + option + more + ")";
  }
}
