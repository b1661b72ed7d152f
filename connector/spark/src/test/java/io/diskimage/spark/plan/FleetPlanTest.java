package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.LocalSpark;
import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.table.TableKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.util.SizeEstimator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the driver keeps and sends of a fleet of small files: so much for each, and not more. */
class FleetPlanTest {
  private static final int FILES = 20_000;
  private static final int PER_DIRECTORY = 250;

  private static final int MOST_TASKS = 260;

  /** What a task may take beside its slices: class descriptors and locations. */
  private static final int TASK_BYTES = 1024;

  @TempDir private static Path fleet;

  private static int pathBytes;

  @BeforeAll
  static void files() throws IOException {
    LocalSpark.session();
    for (int i = 0; i < FILES; i++) {
      Path directory = fleet.resolve("rack-%02d/host-%03d".formatted(i % 4, i / PER_DIRECTORY));
      Files.createDirectories(directory);
      Path file = directory.resolve("disk-%06d.raw".formatted(i));
      Files.write(file, new byte[512]);
      pathBytes = Math.max(pathBytes, ("file:" + file).length());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCKS", "IMAGES", "CHECKS"})
  void aFileCostsTheDriverLittleMoreThanItsPath(TableKind table) {
    ImageScan scan = scan(table);
    InputPartition[] tasks = scan.toBatch().planInputPartitions();
    assertThat(scan.files()).hasSize(FILES);
    assertThat(SizeEstimator.estimate(scan.files()) / FILES).isLessThan(pathBytes + 192);
    // With the paths, which in truth are those of the listing.
    assertThat(SizeEstimator.estimate(tasks) / FILES).isLessThan(pathBytes + 192);
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCKS", "IMAGES", "CHECKS"})
  void smallFilesShareTasksAndTasksStaySmall(TableKind table) throws IOException {
    InputPartition[] tasks = scan(table).toBatch().planInputPartitions();
    assertThat(tasks).hasSizeBetween(200, MOST_TASKS);
    int most = 0;
    for (InputPartition task : tasks) {
      most = Math.max(most, serializedBytes(task));
    }
    assertThat(most).isLessThan(TASK_BYTES + FILES / 200 * (pathBytes + 64));
    assertThat(Stream.of(tasks).mapToInt(task -> ((ImagePartition) task).slices().size()).sum())
        .isEqualTo(FILES);
  }

  private static ImageScan scan(TableKind table) {
    return (ImageScan)
        new ImageScanBuilder(
                OptionLayers.ofReader(Map.of())
                    .resolve(table, List.of(fleet.toString()), TimeTravel.NONE))
            .build();
  }

  private static int serializedBytes(InputPartition task) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(task);
    }
    return bytes.size();
  }
}
