package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.hostile.SmallImages;
import io.diskimage.spark.LocalSpark;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What planning makes of an index. */
class IndexMatchTest {
  private static final long GIB = 1 << 30;
  private static final FileTime THEN = FileTime.fromMillis(1_700_000_000_123L);

  @TempDir private Path directory;
  private Path root;

  @BeforeEach
  void images() throws IOException {
    root = Files.createDirectories(directory.resolve("fleet"));
    for (String name : List.of("a", "b", "c")) {
      Path file = Files.write(root.resolve(name + ".qcow2"), SmallImages.of("qcow2"));
      Files.setLastModifiedTime(file, THEN);
    }
    try (RandomAccessFile sparse = new RandomAccessFile(root.resolve("b.qcow2").toFile(), "rw")) {
      sparse.setLength(GIB);
    }
    Files.setLastModifiedTime(root.resolve("b.qcow2"), THEN);
    LocalSpark.session()
        .sql("CALL images.system.build_index(path => '" + root + "', index => '" + index() + "')")
        .head();
  }

  private Path index() {
    return directory.resolve("index");
  }

  private Batch batch(TableKind table, String... options) {
    Map<String, String> all = new HashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    return new ImageScanBuilder(
            OptionLayers.ofReader(all).resolve(table, List.of(root.toString()), TimeTravel.NONE))
        .build()
        .toBatch();
  }

  private static long slices(Batch batch) {
    return Arrays.stream(batch.planInputPartitions())
        .mapToLong(partition -> ((ImagePartition) partition).slices().size())
        .sum();
  }

  @Test
  void dataIsCutByWhatIsStored() {
    String index = index().toString();
    assertThat(slices(batch(TableKind.BLOCKS))).isGreaterThan(8);
    assertThat(slices(batch(TableKind.BLOCKS, "index", index))).isEqualTo(3);
  }

  @Test
  void ofLayersBelowAndOtherStatesAnIndexKnowsNoWeight() {
    String index = index().toString();
    for (List<String> state : List.of(List.of("chain", "follow"), List.of("snapshot", "then"))) {
      String option = state.get(0);
      String value = state.get(1);
      assertThat(slices(batch(TableKind.BLOCKS, option, value, "index", index)))
          .isEqualTo(slices(batch(TableKind.BLOCKS, option, value)))
          .isGreaterThan(8);
    }
  }

  @Test
  void aChangedFileHasItsLengthForWeight() throws IOException {
    Files.setLastModifiedTime(root.resolve("b.qcow2"), FileTime.fromMillis(1_700_000_000_124L));
    assertThat(slices(batch(TableKind.BLOCKS, "index", index().toString())))
        .isEqualTo(slices(batch(TableKind.BLOCKS)));
  }

  @Test
  void knownFilesOfAPartAreOneTask() {
    Batch batch = batch(TableKind.IMAGES, "index", index().toString());
    assertThat(batch.planInputPartitions()).hasSize(1);
    assertThat(slices(batch)).isEqualTo(3);
  }

  @Test
  void imagesAreOpenedIfTheIndexIsGoneByTheTimeItIsRead() throws IOException {
    Batch batch = batch(TableKind.IMAGES, "index", index().toString());
    InputPartition[] planned = batch.planInputPartitions();
    try (Stream<Path> files = Files.walk(index())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    ImageCache.get().clear();
    long rows = 0;
    try (PartitionReader<ColumnarBatch> reader =
        batch.createReaderFactory().createColumnarReader(planned[0])) {
      while (reader.next()) {
        rows += reader.get().numRows();
      }
      assertThat(Arrays.stream(reader.currentMetricsValues()).map(each -> each.name()))
          .contains("imagesOpened", "indexProblems")
          .doesNotContain("imagesIndexed");
    }
    assertThat(rows).isEqualTo(3);
  }
}
