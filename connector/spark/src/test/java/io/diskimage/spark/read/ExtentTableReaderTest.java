package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentKind;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtentTableReaderTest {
  private static final String[] COLUMNS = {
    "offset",
    "length",
    "allocated",
    "zero",
    "present",
    "compressed",
    "depth",
    "host_offset",
    "host_file"
  };

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  /** Sector by sector: what differs from the sector before starts a run. */
  private static List<List<Object>> naive(ModelDisk disk, String location) {
    List<List<Object>> rows = new ArrayList<>();
    long start = 0;
    for (long sector = ModelDisk.SECTOR; sector <= disk.size; sector += ModelDisk.SECTOR) {
      if (sector == disk.size || !merges(disk, sector)) {
        rows.add(row(disk, start, sector - start, location));
        start = sector;
      }
    }
    return rows;
  }

  private static boolean merges(ModelDisk disk, long sector) {
    ModelDisk.Run before = disk.at(sector - 1);
    ModelDisk.Run run = disk.at(sector);
    if (before.kind() == null || run.kind() == null) {
      return before.offset() == run.offset();
    }
    boolean located = hasOffset(run);
    return run.kind() == before.kind()
        && located == hasOffset(before)
        && (!located
            || run.host() + sector - run.offset() == before.host() + sector - before.offset());
  }

  private static boolean hasOffset(ModelDisk.Run run) {
    return run.kind() != ExtentKind.COMPRESSED && run.host() >= 0;
  }

  private static List<Object> row(ModelDisk disk, long start, long length, String location) {
    ModelDisk.Run run = disk.at(start);
    ExtentKind kind = run.kind();
    if (kind == null) {
      return Arrays.asList(start, length, null, null, null, null, null, null, null);
    }
    boolean stored = kind == ExtentKind.DATA || kind == ExtentKind.COMPRESSED;
    return Arrays.asList(
        start,
        length,
        stored,
        kind == ExtentKind.ZERO || kind == ExtentKind.UNALLOCATED,
        stored || kind == ExtentKind.ZERO,
        kind == ExtentKind.COMPRESSED,
        kind == ExtentKind.BACKING ? null : (Integer) 0,
        hasOffset(run) ? (Long) (run.host() + start - run.offset()) : null,
        hasOffset(run) ? location : null);
  }

  @Test
  void runsAreMaximalHoweverTheScanIsSplit() throws IOException {
    for (int round = 0; round < 60; round++) {
      long seed = new Random().nextLong();
      Random random = new Random(seed);
      ModelDisk disk = ModelDisk.random(random, 2048, 1 + random.nextInt(60), true);
      Path file = disk.write(directory.resolve("random" + round + ".model"));
      List<List<Object>> expected = naive(disk, "file:" + file);
      int slices = 1 + random.nextInt(8);
      Scans scan = Scans.of(TableKind.EXTENTS, COLUMNS).mode(ReadMode.PERMISSIVE);

      assertThat(scan.rowsBySlice(slices, file))
          .as("seed %d, %d slices", seed, slices)
          .containsExactlyElementsOf(expected);

      long from = random.nextLong(disk.size) - 100;
      long to = from + random.nextLong(disk.size);
      scan.filter(TestFilter.ALL.between(ExtentColumns.OFFSET, from, to));
      assertThat(scan.rowsBySlice(slices, file))
          .as("seed %d, starting from %d to %d, %d slices", seed, from, to, slices)
          .containsExactlyElementsOf(
              expected.stream()
                  .filter(row -> (Long) row.get(0) >= from && (Long) row.get(0) <= to)
                  .toList());
      Files.delete(file);
    }
  }

  @Test
  void aRunMayStartInsideASector() throws IOException {
    Path file =
        new ModelDisk(
                512,
                1024,
                List.of(
                    new ModelDisk.Run(0, 700, ExtentKind.DATA, ModelDisk.HEADER_BYTES),
                    new ModelDisk.Run(700, 324, ExtentKind.ZERO, -1)))
            .write(directory.resolve("odd.model"));
    Scans scan = Scans.of(TableKind.EXTENTS, "offset", "length");

    assertThat(scan.rowsBySlice(2, file)).containsExactly(List.of(0L, 700L), List.of(700L, 324L));
    for (long from : new long[] {1, 699, 700}) {
      scan.filter(TestFilter.ALL.between(ExtentColumns.OFFSET, from, 700));
      assertThat(scan.rowsBySlice(2, file)).containsExactly(List.of(700L, 324L));
    }
    scan.filter(TestFilter.ALL.between(ExtentColumns.OFFSET, 701, Long.MAX_VALUE));
    assertThat(scan.rowsBySlice(2, file)).isEmpty();
  }

  @Test
  void aMappingProblemFollowsTheMode() throws IOException {
    Path file =
        new ModelDisk(
                512,
                1024,
                List.of(
                    new ModelDisk.Run(0, 512, null, -1),
                    new ModelDisk.Run(512, 512, ExtentKind.UNALLOCATED, -1)))
            .write(directory.resolve("damaged.model"));
    String[] columns = {"offset", "allocated", "_error"};

    assertThatThrownBy(() -> Scans.of(TableKind.EXTENTS, columns).rows(Scans.slices(1, file)))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("file:" + file)
        .hasMessageContaining("host offset 16");
    assertThat(
            Scans.of(TableKind.EXTENTS, columns)
                .mode(ReadMode.PERMISSIVE)
                .rows(Scans.slices(1, file)))
        .containsExactly(
            Arrays.asList(
                0L,
                null,
                List.of("CorruptImageException", "the model cannot follow this entry", 16L)),
            Arrays.asList(512L, false, null));
    assertThat(
            Scans.of(TableKind.EXTENTS, columns)
                .mode(ReadMode.DROPMALFORMED)
                .rows(Scans.slices(1, file)))
        .hasSize(1);
  }

  @Test
  void aFileThatIsNoImageIsOneRowWhereProblemsAreRows() throws IOException {
    Path file = Files.write(directory.resolve("notes.txt"), new byte[600]);
    Scans scan = Scans.of(TableKind.EXTENTS, "path", "offset").mode(ReadMode.PERMISSIVE);

    assertThat(scan.rowsBySlice(2, file)).containsExactly(Arrays.asList("file:" + file, null));
    assertThat(scan.metric(ScanMetric.IMAGES_FAILED)).isEqualTo(1);
  }
}
