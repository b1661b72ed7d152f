package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.plan.SampleSpec;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockTableReaderTest {
  private static final int KIB = 1024;
  private static final String[] COMPARED = {
    "offset",
    "length",
    "allocated",
    "data",
    "_kind",
    "_host_offset",
    "_host_length",
    "_depth",
    "_partial"
  };

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  /** Four clusters of 4 KiB: data, unallocated, an entry that cannot be followed, data. */
  private Path damaged() throws IOException {
    return new ModelDisk(
            4 * KIB,
            16 * KIB,
            List.of(
                new ModelDisk.Run(0, 4 * KIB, ExtentKind.DATA, ModelDisk.HEADER_BYTES),
                new ModelDisk.Run(4 * KIB, 4 * KIB, ExtentKind.UNALLOCATED, -1),
                new ModelDisk.Run(8 * KIB, 4 * KIB, null, -1),
                new ModelDisk.Run(
                    12 * KIB, 4 * KIB, ExtentKind.DATA, ModelDisk.HEADER_BYTES + 4 * KIB)))
        .write(directory.resolve("damaged.model"));
  }

  /** Two compressed clusters of 4 KiB; the second does not decode. */
  private Path undecodable() throws IOException {
    Path file =
        new ModelDisk(
                4 * KIB,
                8 * KIB,
                List.of(
                    new ModelDisk.Run(0, 4 * KIB, ExtentKind.COMPRESSED, ModelDisk.HEADER_BYTES),
                    new ModelDisk.Run(
                        4 * KIB, 4 * KIB, ExtentKind.COMPRESSED, ModelDisk.HEADER_BYTES + 4 * KIB)))
            .write(directory.resolve("undecodable.model"));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(
          ByteBuffer.wrap(new byte[] {ModelDisk.DAMAGED}), ModelDisk.HEADER_BYTES + 4 * KIB);
    }
    return file;
  }

  private Path refused() throws IOException {
    return new ModelDisk(4 * KIB, 4 * KIB, List.of(new ModelDisk.Run(0, 4 * KIB, null, -1)))
        .refusing()
        .write(directory.resolve("refused.model"));
  }

  /** A disk of unallocated space but for its last cluster. */
  private Path sparse(int clusters) throws IOException {
    long stored = (clusters - 1L) * 64 * KIB;
    return new ModelDisk(
            64 * KIB,
            stored + 64 * KIB,
            List.of(
                new ModelDisk.Run(0, stored, ExtentKind.UNALLOCATED, -1),
                new ModelDisk.Run(stored, 64 * KIB, ExtentKind.DATA, ModelDisk.HEADER_BYTES)))
        .write(directory.resolve("sparse.model"));
  }

  private static List<List<Object>> hashed(List<List<Object>> rows) {
    List<List<Object>> hashed = new ArrayList<>();
    for (List<Object> row : rows) {
      List<Object> copy = new ArrayList<>(row);
      copy.replaceAll(value -> value instanceof byte[] bytes ? Arrays.hashCode(bytes) : value);
      hashed.add(copy);
    }
    return hashed;
  }

  @Test
  void rowsAreThoseOfTheNaiveModelHoweverTheScanIsSplit() throws IOException {
    for (int round = 0; round < 60; round++) {
      long seed = new Random().nextLong();
      Random random = new Random(seed);
      int cluster = List.of(512, 1536, 4 * KIB, 8 * KIB).get(random.nextInt(4));
      ModelDisk disk = ModelDisk.random(random, cluster, 1 + random.nextInt(40), true);
      Path file = disk.write(directory.resolve("random" + round + ".model"));
      int blockSize = random.nextInt(3) == 0 ? 0 : 512 * (1 + random.nextInt(40));
      UnallocatedMode unallocated = List.of(UnallocatedMode.values()).get(random.nextInt(3));
      int slices = 1 + random.nextInt(5);
      List<List<Object>> expected =
          new NaiveBlocks(disk, blockSize, unallocated)
              .rows().stream().map(NaiveBlocks.Row::values).toList();

      Scans scan =
          Scans.of(TableKind.BLOCKS, COMPARED)
              .blockSize(blockSize)
              .unallocated(unallocated)
              .mode(ReadMode.PERMISSIVE);

      assertThat(hashed(scan.rowsBySlice(slices, file)))
          .as("seed %d, block size %d, %s, %d slices", seed, blockSize, unallocated, slices)
          .containsExactlyElementsOf(expected);
      assertThat(hashed(scan.rows(Scans.slices(slices, file))))
          .as("seed %d, all slices in one task", seed)
          .containsExactlyElementsOf(expected);
      Files.delete(file);
    }
  }

  @Test
  void filteredRowsAreTheFilteredRowsOfTheModel() throws IOException {
    for (int round = 0; round < 60; round++) {
      long seed = new Random().nextLong();
      Random random = new Random(seed);
      ModelDisk disk = ModelDisk.random(random, 4 * KIB, 1 + random.nextInt(40), false);
      Path file = disk.write(directory.resolve("filtered" + round + ".model"));
      int blockSize = 512 * (1 + random.nextInt(20));
      long from = random.nextLong(disk.size + KIB) - KIB;
      long to = random.nextBoolean() ? Long.MAX_VALUE : from + random.nextLong(disk.size);
      boolean onlyStored = random.nextBoolean();
      TestFilter filter =
          new TestFilter(
                  row ->
                      !onlyStored
                          || (!row.isNull(BlockColumns.ALLOCATED)
                              && row.getBoolean(BlockColumns.ALLOCATED)),
                  onlyStored ? Set.of(BlockColumns.ALLOCATED) : Set.of())
              .between(BlockColumns.OFFSET, from, to);
      List<List<Object>> expected =
          new NaiveBlocks(disk, blockSize, UnallocatedMode.NULL)
              .rows().stream()
                  .filter(row -> row.offset() >= from && row.offset() <= to)
                  .filter(row -> !onlyStored || row.allocated())
                  .map(NaiveBlocks.Row::values)
                  .toList();

      Scans scan = Scans.of(TableKind.BLOCKS, COMPARED).blockSize(blockSize).filter(filter);

      assertThat(hashed(scan.rowsBySlice(1 + random.nextInt(4), file)))
          .as("seed %d, %d to %d, only stored %s", seed, from, to, onlyStored)
          .containsExactlyElementsOf(expected);
      Files.delete(file);
    }
  }

  @Test
  void failFastNamesFileAndPlaceOfAMappingProblem() throws IOException {
    Path file = damaged();

    assertThatThrownBy(() -> Scans.of(TableKind.BLOCKS, "offset").rows(Scans.slices(1, file)))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("file:" + file)
        .hasMessageContaining("host offset 16");
  }

  @Test
  void failFastNamesFileAndPlaceOfADataProblem() throws IOException {
    Path file = undecodable();

    assertThatThrownBy(() -> Scans.of(TableKind.BLOCKS, "data").rows(Scans.slices(1, file)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("file:" + file)
        .hasMessageContaining("host offset " + (ModelDisk.HEADER_BYTES + 4 * KIB));
  }

  @Test
  void permissiveShowsAMappingProblemAsRowsOfItsBlocks() throws IOException {
    List<List<Object>> rows =
        Scans.of(TableKind.BLOCKS, "offset", "length", "allocated", "_kind", "_error")
            .mode(ReadMode.PERMISSIVE)
            .blockSize(2 * KIB)
            .rows(Scans.slices(1, damaged()));

    List<Object> error =
        List.of("CorruptImageException", "the model cannot follow this entry", 16L);
    assertThat(rows.subList(3, 7))
        .containsExactly(
            Arrays.asList(6L * KIB, 2 * KIB, false, "unallocated", null),
            Arrays.asList(8L * KIB, 2 * KIB, null, null, error),
            Arrays.asList(10L * KIB, 2 * KIB, null, null, error),
            Arrays.asList(12L * KIB, 2 * KIB, true, "data", null));
  }

  @Test
  void permissiveShowsADataProblemAsAllocatedWithoutData() throws IOException {
    Path file = undecodable();
    List<Object> error =
        List.of(
            "CorruptImageException",
            "compressed cluster cannot be decoded: damaged",
            ModelDisk.HEADER_BYTES + 4L * KIB);

    List<List<Object>> rows =
        Scans.of(TableKind.BLOCKS, "allocated", "data", "_error")
            .mode(ReadMode.PERMISSIVE)
            .rows(Scans.slices(1, file));
    assertThat(rows.get(0).get(1)).isInstanceOf(byte[].class);
    assertThat(rows.get(0).get(2)).isNull();
    assertThat(rows.get(1)).isEqualTo(Arrays.asList(true, null, error));

    assertThat(
            Scans.of(TableKind.BLOCKS, "offset", "_error")
                .mode(ReadMode.PERMISSIVE)
                .rows(Scans.slices(1, file)))
        .as("the error is known without data being selected")
        .containsExactly(Arrays.asList(0L, null), Arrays.asList(4L * KIB, error));
    assertThat(
            Scans.of(TableKind.BLOCKS, "data")
                .mode(ReadMode.PERMISSIVE)
                .rows(Scans.slices(1, file))
                .get(1))
        .as("lazily, without the error being selected")
        .containsExactly((Object) null);
  }

  @Test
  void dropMalformedLeavesProblemsOut() throws IOException {
    assertThat(
            Scans.of(TableKind.BLOCKS, "offset")
                .mode(ReadMode.DROPMALFORMED)
                .rows(Scans.slices(1, damaged(), refused())))
        .containsExactly(List.of(0L), List.of(4L * KIB), List.of(12L * KIB));
    assertThat(
            Scans.of(TableKind.BLOCKS, "offset", "data")
                .mode(ReadMode.DROPMALFORMED)
                .rows(Scans.slices(1, undecodable())))
        .hasSize(1);
    assertThat(
            Scans.of(TableKind.BLOCKS, "offset")
                .mode(ReadMode.DROPMALFORMED)
                .rows(Scans.slices(1, undecodable())))
        .as("nobody looks at data")
        .hasSize(2);
  }

  @Test
  void anImageThatCannotBeOpenedIsOneRowWhateverItsSlices() throws IOException {
    Path file = refused();
    Scans scan =
        Scans.of(TableKind.BLOCKS, "path", "offset", "length", "allocated", "data", "_error")
            .mode(ReadMode.PERMISSIVE);

    assertThat(scan.rowsBySlice(3, file))
        .containsExactly(
            Arrays.asList(
                "file:" + file,
                null,
                null,
                null,
                null,
                List.of("CorruptImageException", "the model refuses to open", 8L)));
    assertThat(scan.metric(ScanMetric.IMAGES_FAILED)).isEqualTo(1);
    assertThat(scan.metric(ScanMetric.IMAGES_OPENED)).isZero();
  }

  @Test
  void noDataIsReadUnlessItIsTouched() throws IOException {
    Path file = damaged();
    Scans withoutData =
        Scans.of(TableKind.BLOCKS, "offset", "_host_offset").mode(ReadMode.PERMISSIVE);
    withoutData.rows(Scans.slices(1, file));
    assertThat(withoutData.metric(ScanMetric.DATA_BYTES)).isZero();

    Scans untouched = Scans.of(TableKind.BLOCKS, "offset", "data").blockSize(512);
    Path sparse = sparse(4);
    try (TableReader reader = untouched.reader(Scans.slices(1, sparse))) {
      while (reader.next()) {
        ColumnarBatch batch = reader.get();
        for (int row = 0; row < batch.numRows(); row++) {
          batch.column(0).getLong(row);
          batch.column(1).isNullAt(row);
        }
      }
      assertThat(reader.currentMetricsValues())
          .filteredOn(metric -> metric.name().equals(ScanMetric.DATA_BYTES.label()))
          .allMatch(metric -> metric.value() == 0);
    }
  }

  @Test
  void sparseTouchesLoadSingleValues() throws IOException {
    int blocks = 20_000;
    Path file =
        new ModelDisk(
                512,
                512L * blocks,
                List.of(
                    new ModelDisk.Run(0, 512L * blocks, ExtentKind.DATA, ModelDisk.HEADER_BYTES)))
            .write(directory.resolve("dense.model"));
    byte[] all = Files.readAllBytes(file);
    long dataBytes = 0;
    try (TableReader reader =
        Scans.of(TableKind.BLOCKS, "offset", "data").reader(Scans.slices(1, file))) {
      while (reader.next()) {
        ColumnarBatch batch = reader.get();
        for (int row = 0; row < batch.numRows(); row += 1000) {
          int host = ModelDisk.HEADER_BYTES + (int) batch.column(0).getLong(row);
          assertThat(batch.column(1).getBinary(row))
              .isEqualTo(Arrays.copyOfRange(all, host, host + 512));
        }
      }
      dataBytes =
          Arrays.stream(reader.currentMetricsValues())
              .filter(metric -> metric.name().equals(ScanMetric.DATA_BYTES.label()))
              .mapToLong(metric -> metric.value())
              .sum();
    }
    assertThat(dataBytes)
        .as("the first batch whole, then what was touched")
        .isLessThan(512L * (TableReader.MAX_ROWS + 100));
  }

  @Test
  void rejectedSpaceIsSteppedOverWhole() throws IOException {
    int clusters = 1 << 24;
    Scans scan =
        Scans.of(TableKind.BLOCKS, "offset")
            .filter(
                new TestFilter(
                    row -> row.getBoolean(BlockColumns.ALLOCATED), Set.of(BlockColumns.ALLOCATED)));

    assertThat(scan.rows(Scans.slices(1, sparse(clusters))))
        .containsExactly(List.of((clusters - 1L) * 64 * KIB));
    assertThat(scan.metric(ScanMetric.BLOCKS_SKIPPED)).isEqualTo(clusters - 1);
  }

  @Test
  void manyTinyImagesShareABatch() throws IOException {
    Path[] files = new Path[20];
    for (int i = 0; i < files.length; i++) {
      files[i] =
          new ModelDisk(
                  512,
                  1024,
                  List.of(new ModelDisk.Run(0, 1024, ExtentKind.DATA, ModelDisk.HEADER_BYTES)))
              .write(directory.resolve("tiny" + i + ".model"));
    }
    try (TableReader reader = Scans.of(TableKind.BLOCKS, "path").reader(Scans.slices(1, files))) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.get().numRows()).isEqualTo(40);
    }
    assertThat(Scans.of(TableKind.BLOCKS).rows(Scans.slices(1, files)))
        .as("rows of no columns")
        .hasSize(40);
    assertThat(Scans.of(TableKind.BLOCKS, "path", "data").rows(Scans.slices(1, files))).hasSize(40);
  }

  @Test
  void aTaskStopsAtTheLimit() throws IOException {
    Path file = sparse(100);

    assertThat(Scans.of(TableKind.BLOCKS, "offset").limit(7).rows(Scans.slices(1, file, file)))
        .hasSize(7);
    assertThat(Scans.of(TableKind.BLOCKS, "offset").limit(0).rows(Scans.slices(1, file))).isEmpty();
  }

  @Test
  void aSampleIsTheSameHoweverTheScanIsSplit() throws IOException {
    Path file = sparse(4000);
    Scans scan = Scans.of(TableKind.BLOCKS, "offset").sample(new SampleSpec(0, 0.1, 42));

    List<List<Object>> rows = scan.rows(Scans.slices(1, file));
    assertThat(rows).hasSizeBetween(300, 500);
    assertThat(scan.rowsBySlice(7, file)).isEqualTo(rows);
  }

  @Test
  void snapshotsAreFoundByNameAndByTime() throws IOException {
    Path file =
        new ModelDisk(
                512,
                512,
                List.of(new ModelDisk.Run(0, 512, ExtentKind.DATA, ModelDisk.HEADER_BYTES)))
            .withSnapshot("before")
            .write(directory.resolve("snapshot.model"));
    long second = 1_000_000;

    assertThat(scan().snapshot("before").rows(Scans.slices(1, file))).hasSize(1);
    assertThat(scan().asOfMicros(1000 * second).rows(Scans.slices(1, file))).hasSize(1);
    assertThatThrownBy(() -> scan().asOfMicros(1000 * second - 1).rows(Scans.slices(1, file)))
        .isInstanceOf(SnapshotNotFoundException.class)
        .hasMessageContaining("file:" + file);
    assertThatThrownBy(() -> scan().snapshot("after").rows(Scans.slices(1, file)))
        .isInstanceOf(SnapshotNotFoundException.class);
    assertThat(scan().snapshot("after").mode(ReadMode.PERMISSIVE).rowsBySlice(2, file))
        .as("an error of the image, under the mode")
        .hasSize(1);
  }

  private static Scans scan() {
    return Scans.of(TableKind.BLOCKS, "offset");
  }

  @Test
  void aFileThatIsNotAsListedHasChanged() throws IOException {
    Path file = sparse(2);
    var slices = Scans.slices(1, file);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThatThrownBy(() -> scan().rows(slices)).hasMessageContaining("changed while reading");

    Files.delete(file);
    assertThatThrownBy(() -> scan().rows(slices)).hasMessageContaining("changed while reading");
  }

  @Test
  void closingEarlyAndTwiceReleasesTheImage() throws IOException {
    TableReader reader =
        Scans.of(TableKind.BLOCKS, "offset", "data").reader(Scans.slices(1, sparse(9000)));
    assertThat(reader.next()).isTrue();
    reader.close();
    reader.close();
  }
}
