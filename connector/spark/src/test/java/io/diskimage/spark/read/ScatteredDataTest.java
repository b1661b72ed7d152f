package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ExtentKind;
import io.diskimage.spark.io.TaggedFiles;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk of 48 MiB whose clusters lie in a random order in a file of a remote store. */
class ScatteredDataTest {
  private static final int CLUSTER = 64 << 10;
  private static final int CLUSTERS = 768;
  private static final int PLAIN_BATCH = (4 << 20) / CLUSTER;
  private static final int WINDOW = (32 << 20) / CLUSTER;

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private Path disk(boolean shuffled) throws IOException {
    List<Integer> places = new ArrayList<>();
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
      places.add(cluster);
    }
    if (shuffled) {
      Collections.shuffle(places, new Random(3));
    }
    List<ModelDisk.Run> runs = new ArrayList<>();
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
      long host = ModelDisk.HEADER_BYTES + (long) places.get(cluster) * CLUSTER;
      runs.add(new ModelDisk.Run((long) cluster * CLUSTER, CLUSTER, ExtentKind.DATA, host));
    }
    return new ModelDisk(CLUSTER, (long) CLUSTERS * CLUSTER, runs)
        .write(directory.resolve(shuffled + ".model"));
  }

  private static Scans scan() {
    return Scans.of(TableKind.BLOCKS, "offset", "data")
        .blockSize(CLUSTER)
        .conf("fs.tagged.impl", TaggedFiles.class.getName());
  }

  private static List<ImageSlice> remote(Path disk) throws IOException {
    ImageFile local = Scans.listed(disk);
    ImageFile file =
        new ImageFile(
            local.path().replace("file:", "tagged:"), local.length(), local.modificationTime());
    return List.of(new ImageSlice(file, 0, 1));
  }

  private static List<Integer> batches(List<ImageSlice> slices, boolean touched)
      throws IOException {
    List<Integer> sizes = new ArrayList<>();
    try (TableReader reader = scan().reader(slices)) {
      while (reader.next()) {
        ColumnarBatch batch = reader.get();
        sizes.add(batch.numRows());
        for (int row = 0; touched && row < batch.numRows(); row++) {
          assertThat(batch.column(1).getBinary(row)).hasSize(CLUSTER);
        }
      }
    }
    return sizes;
  }

  @Test
  void rowsAreThoseOfTheLocalFile() throws IOException {
    Path disk = disk(true);
    List<List<Object>> local = scan().rows(Scans.slices(1, disk));
    List<List<Object>> remote = scan().rows(remote(disk));
    assertThat(remote).hasSameSizeAs(local);
    for (int row = 0; row < local.size(); row++) {
      assertThat(remote.get(row).get(0)).isEqualTo(local.get(row).get(0));
      assertThat((byte[]) remote.get(row).get(1)).isEqualTo((byte[]) local.get(row).get(1));
    }
  }

  @Test
  void isCollectedOnceAllValuesWereWanted() throws IOException {
    assertThat(batches(remote(disk(true)), true))
        .containsExactly(PLAIN_BATCH, WINDOW, CLUSTERS - PLAIN_BATCH - WINDOW);
  }

  @Test
  void isNotCollectedWhereNobodyLooks() throws IOException {
    assertThat(batches(remote(disk(true)), false)).hasSize(12).containsOnly(PLAIN_BATCH);
  }

  @Test
  void isNotCollectedFromALocalFile() throws IOException {
    assertThat(batches(Scans.slices(1, disk(true)), true)).hasSize(12).containsOnly(PLAIN_BATCH);
  }

  @Test
  void dataInOrderIsNotCollected() throws IOException {
    assertThat(batches(remote(disk(false)), true)).hasSize(12).containsOnly(PLAIN_BATCH);
  }

  @Test
  void neighboursOfAWindowMeetInOneRequest() throws IOException {
    Scans scan = scan();
    assertThat(scan.rows(remote(disk(true)))).hasSize(CLUSTERS);
    long metadata = CLUSTERS + 1L;
    // Of 64 clusters among 768 hardly any two are neighbours, of 512 most.
    assertThat(scan.metric(ScanMetric.READS) - metadata).isLessThan(CLUSTERS / 2);
    assertThat(scan.metric(ScanMetric.DATA_BYTES)).isLessThan(Files.size(disk(true)) * 3 / 2);
  }

  @Test
  void aLimitReadsTheFirstBatchOnly() throws IOException {
    Scans scan = scan().limit(1);
    assertThat(scan.rows(remote(disk(true)))).hasSize(1);
    assertThat(scan.metric(ScanMetric.DATA_BYTES)).isEqualTo(CLUSTER);
  }
}
