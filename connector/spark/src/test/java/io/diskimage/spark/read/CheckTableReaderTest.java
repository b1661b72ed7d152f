package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ExtentKind;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskKilledException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTableReaderTest {
  private static final int CLUSTER = 512;
  private static final int HEADER_READS = 512 + ModelDisk.HEADER_BYTES;

  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  /** A leak of two clusters, a corruption and, at the header level, a warning. */
  private static ModelDisk faulty() {
    long host = ModelDisk.HEADER_BYTES;
    return new ModelDisk(
            CLUSTER,
            8 * CLUSTER,
            List.of(
                new ModelDisk.Run(0, 2 * CLUSTER, ExtentKind.DATA, host),
                new ModelDisk.Run(2 * CLUSTER, 2 * CLUSTER, ExtentKind.ZERO, host + 2 * CLUSTER),
                new ModelDisk.Run(4 * CLUSTER, 4 * CLUSTER, null, -1)))
        .withSnapshot("named");
  }

  private static ModelDisk clean() {
    return new ModelDisk(
        CLUSTER, CLUSTER, List.of(new ModelDisk.Run(0, CLUSTER, ExtentKind.UNALLOCATED, -1)));
  }

  private Path write(ModelDisk disk, String name) throws IOException {
    return disk.write(directory.resolve(name));
  }

  private static TestFilter where(TableKind table, String column, String value) {
    int ordinal = TableSchemas.ordinal(table, column);
    return new TestFilter(
        row -> !row.isNull(ordinal) && row.getString(ordinal).toString().equals(value),
        Set.of(ordinal));
  }

  private static List<Object> error(String type, String message, Long hostOffset) {
    return Arrays.asList(type, message, hostOffset);
  }

  @Test
  void findingsHaveAllTheirColumns() throws IOException {
    Path file = write(faulty(), "faulty.model");
    String path = "file:" + file;
    long leak = ModelDisk.HEADER_BYTES + 2 * CLUSTER;

    assertThat(
            Scans.of(TableKind.FINDINGS, TableSchemas.columns(TableKind.FINDINGS).fieldNames())
                .rows(Scans.slices(1, file)))
        .containsExactly(
            Arrays.asList(
                path,
                "header",
                "QCOW2_DIRTY",
                "warning",
                null,
                null,
                null,
                null,
                null,
                null,
                1L,
                true,
                "a name"),
            Arrays.asList(
                path,
                "runs",
                "QCOW2_LEAKED_CLUSTER",
                "leak",
                null,
                leak,
                1024L,
                null,
                null,
                null,
                2L,
                true,
                "reserved"),
            Arrays.asList(
                path,
                "runs",
                "QCOW2_L2_RESERVED_BITS",
                "corruption",
                2048L,
                16L,
                8L,
                2048L,
                "0x0",
                "0x1",
                1L,
                false,
                "an entry at 2048"));
  }

  @Test
  void checksHaveAllTheirColumns() throws IOException {
    Path file = write(faulty(), "faulty.model");
    List<Object> row =
        Scans.of(TableKind.CHECKS, TableSchemas.columns(TableKind.CHECKS).fieldNames())
            .rows(Scans.slices(1, file))
            .get(0);

    long length = Files.size(file);
    assertThat(row.subList(0, 16))
        .isEqualTo(
            Arrays.asList(
                "file:" + file,
                "model",
                "corrupt",
                1L,
                2L,
                0L,
                0L,
                0L,
                length,
                3L,
                3L,
                2L,
                1L,
                0L,
                0L,
                1024L));
    assertThat((Long) row.get(16)).isNotNegative();
    assertThat(row.get(17)).isNull();
  }

  @Test
  void everyFileHasARowInChecksWhateverComesOfIt() throws IOException {
    Path clean = write(clean(), "clean.model");
    Path refused = write(clean().refusing(), "refused.model");
    Path text = Files.writeString(directory.resolve("notes.txt"), "no image");
    Path raw = Files.write(directory.resolve("disk.raw"), new byte[4096]);
    Path empty = Files.createFile(directory.resolve("empty.raw"));
    Path gone = write(clean(), "gone.model");
    List<ImageSlice> slices = Scans.slices(1, clean, refused, text, raw, empty, gone);
    Files.delete(gone);
    Scans scan =
        Scans.of(
            TableKind.CHECKS,
            "format",
            "verdict",
            "corruptions",
            "leaks_fixed",
            "reclaimable_bytes",
            "error");

    List<List<Object>> rows = scan.rows(slices);

    assertThat(rows.get(0)).isEqualTo(Arrays.asList("model", "clean", 0L, 0L, 0L, null));
    assertThat(rows.get(1))
        .isEqualTo(
            Arrays.asList(
                "model",
                "unreadable",
                null,
                0L,
                null,
                error("CorruptImageException", "the model refuses to open", 8L)));
    assertThat(rows.get(2).subList(0, 5))
        .isEqualTo(Arrays.asList(null, "unreadable", null, 0L, null));
    assertThat((List<?>) rows.get(2).get(5)).first().isEqualTo("NotAnImageException");
    assertThat(rows.get(3))
        .isEqualTo(
            Arrays.asList(
                "raw",
                "unsupported",
                null,
                0L,
                null,
                error(
                    "UnsupportedImageException",
                    "This image format does not support checks",
                    null)));
    assertThat(rows.get(4))
        .isEqualTo(
            Arrays.asList(
                null,
                "unreadable",
                null,
                0L,
                null,
                error("NotAnImageException", "the file is empty", null)));
    assertThat(rows.get(5).subList(0, 2)).isEqualTo(Arrays.asList(null, "unstable"));
    assertThat((List<?>) rows.get(5).get(5)).first().isEqualTo("ImageChangedException");
    assertThat(rows).hasSize(6);
    assertThat(scan.metric(ScanMetric.IMAGES_FAILED))
        .as("but for the one of a format without a check")
        .isEqualTo(4);
  }

  @Test
  void whatIsRefusedIsAFindingToo() throws IOException {
    Path refused = write(clean().refusing(), "refused.model");
    Path raw = Files.write(directory.resolve("disk.raw"), new byte[4096]);

    assertThat(
            Scans.of(TableKind.FINDINGS, "path", "kind", "severity", "message")
                .rows(Scans.slices(1, refused, raw)))
        .containsExactly(
            List.of("file:" + refused, "IMAGE_REFUSED", "error", "the model refuses to open"),
            List.of(
                "file:" + raw,
                "IMAGE_REFUSED",
                "error",
                "This image format does not support checks"));
  }

  @Test
  void aFileThatIsNotAsListedIsUnstableAndNothingElse() throws IOException {
    Path file = write(faulty(), "faulty.model");
    List<ImageSlice> slices = Scans.slices(1, file);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));

    assertThat(
            Scans.of(TableKind.CHECKS, "verdict", "corruptions", "image_end_offset").rows(slices))
        .containsExactly(Arrays.asList("unstable", null, null));
    assertThat(Scans.of(TableKind.FINDINGS, "kind", "severity").rows(slices))
        .containsExactly(List.of("IMAGE_CHANGED", "error"));
  }

  @Test
  void findingsBeyondTheMostAreCountedInOneRow() throws IOException {
    int entries = 2500;
    List<ModelDisk.Run> runs = new ArrayList<>();
    for (long i = 0; i < entries; i++) {
      runs.add(new ModelDisk.Run(i * CLUSTER, CLUSTER, null, -1));
    }
    Path file = write(new ModelDisk(CLUSTER, (long) entries * CLUSTER, runs), "many.model");
    Scans scan = Scans.of(TableKind.FINDINGS, "count", "message").maxFindings(3);

    List<List<Object>> rows = scan.rows(Scans.slices(1, file));

    assertThat(rows).hasSize(4);
    assertThat(rows.get(3))
        .isEqualTo(
            List.of(
                entries - 3L,
                (entries - 3) + " more of this kind, not listed beyond maxFindings = 3"));
    assertThat(Scans.of(TableKind.CHECKS, "corruptions").rows(Scans.slices(1, file)))
        .containsExactly(List.of((long) entries));
    assertThat(Scans.of(TableKind.FINDINGS, "count").maxFindings(0).rows(Scans.slices(1, file)))
        .containsExactly(List.of((long) entries));
  }

  @Test
  void theLevelRunIsWhatTheKindsAskedForNeed() throws IOException {
    Path file = write(faulty(), "faulty.model");
    Scans dirty =
        Scans.of(TableKind.FINDINGS, "kind")
            .level(CheckLevel.FULL)
            .filter(where(TableKind.FINDINGS, "kind", "QCOW2_DIRTY"));
    assertThat(dirty.rows(Scans.slices(1, file))).containsExactly(List.of("QCOW2_DIRTY"));
    assertThat(dirty.metric(ScanMetric.METADATA_BYTES)).isEqualTo(HEADER_READS);
    assertThat(dirty.metric(ScanMetric.DATA_BYTES)).isZero();

    Scans leaked =
        Scans.of(TableKind.FINDINGS, "kind")
            .level(CheckLevel.FULL)
            .filter(where(TableKind.FINDINGS, "kind", "QCOW2_LEAKED_CLUSTER"));
    assertThat(leaked.rows(Scans.slices(1, file))).containsExactly(List.of("QCOW2_LEAKED_CLUSTER"));
    assertThat(leaked.metric(ScanMetric.METADATA_BYTES))
        .isEqualTo(HEADER_READS + 3 * ModelImage.RUN_BYTES);
    assertThat(leaked.metric(ScanMetric.DATA_BYTES)).isZero();
  }

  @Test
  void theOptionLevelIsTheMostThatIsRun() throws IOException {
    Path file = write(faulty(), "faulty.model");
    Scans header = Scans.of(TableKind.FINDINGS, "kind").level(CheckLevel.HEADER);
    assertThat(header.rows(Scans.slices(1, file))).containsExactly(List.of("QCOW2_DIRTY"));
    assertThat(header.metric(ScanMetric.METADATA_BYTES)).isEqualTo(HEADER_READS);
    Scans corruptions =
        Scans.of(TableKind.FINDINGS, "kind")
            .level(CheckLevel.HEADER)
            .filter(where(TableKind.FINDINGS, "severity", "corruption"));
    assertThat(corruptions.rows(Scans.slices(1, file))).isEmpty();
    assertThat(corruptions.metric(ScanMetric.METADATA_BYTES)).isEqualTo(HEADER_READS);

    Scans full = Scans.of(TableKind.CHECKS, "verdict").level(CheckLevel.FULL);
    assertThat(full.rows(Scans.slices(1, file))).containsExactly(List.of("corrupt"));
    assertThat(full.metric(ScanMetric.DATA_BYTES)).isEqualTo(Files.size(file));
  }

  @Test
  void kindsThatThereAreNotOpenNothing() throws IOException {
    Path file = write(faulty(), "faulty.model");
    Scans none =
        Scans.of(TableKind.FINDINGS, "kind").filter(where(TableKind.FINDINGS, "kind", "NONE"));
    assertThat(none.rows(Scans.slices(1, file))).isEmpty();
    assertThat(none.metric(ScanMetric.IMAGES_OPENED)).isZero();
    assertThat(none.metric(ScanMetric.READS)).isZero();
  }

  @Test
  void pathsAloneOpenNothingAndFormatsCheckNothing() throws IOException {
    Path file = write(faulty(), "faulty.model");
    Scans paths = Scans.of(TableKind.CHECKS, "path");
    assertThat(paths.rows(Scans.slices(1, file))).containsExactly(List.of("file:" + file));
    assertThat(paths.metric(ScanMetric.READS)).isZero();
    Scans count = Scans.of(TableKind.CHECKS);
    assertThat(count.rows(Scans.slices(1, file))).containsExactly(List.of());
    assertThat(count.metric(ScanMetric.READS)).isZero();

    Scans formats = Scans.of(TableKind.CHECKS, "format");
    assertThat(formats.rows(Scans.slices(1, file))).containsExactly(List.of("model"));
    assertThat(formats.metric(ScanMetric.METADATA_BYTES)).isEqualTo(512);

    Scans other =
        Scans.of(TableKind.CHECKS, "verdict").filter(where(TableKind.CHECKS, "format", "vdi"));
    assertThat(other.rows(Scans.slices(1, file))).isEmpty();
    assertThat(other.metric(ScanMetric.METADATA_BYTES)).isEqualTo(512);
  }

  @Test
  void verdictsAreFilteredOnceTheyAreKnown() throws IOException {
    Path faulty = write(faulty(), "faulty.model");
    Path clean = write(clean(), "clean.model");
    Scans corrupt =
        Scans.of(TableKind.CHECKS, "path").filter(where(TableKind.CHECKS, "verdict", "corrupt"));
    assertThat(corrupt.rows(Scans.slices(1, clean, faulty)))
        .containsExactly(List.of("file:" + faulty));
  }

  @Test
  void aCheckLeavesTheCacheAlone() throws IOException {
    Path file = write(faulty(), "faulty.model");
    Scans.of(TableKind.IMAGES, "virtual_size").rows(Scans.slices(1, file));
    var before = ImageCache.get().stats();
    Scans scan = Scans.of(TableKind.CHECKS, "verdict");
    scan.rows(Scans.slices(1, file));

    assertThat(ImageCache.get().stats()).isEqualTo(before);
    assertThat(scan.metric(ScanMetric.IMAGES_OPENED)).isEqualTo(1);
    assertThat(scan.metric(ScanMetric.METADATA_BYTES))
        .isEqualTo(HEADER_READS + 3 * ModelImage.RUN_BYTES);
  }

  @Test
  void aLimitEndsBeforeTheNextImageIsOpened() throws IOException {
    Path file = write(faulty(), "faulty.model");
    Scans scan = Scans.of(TableKind.FINDINGS, "kind").limit(3);
    assertThat(scan.rows(Scans.slices(2, file))).hasSize(3);
    assertThat(scan.metric(ScanMetric.IMAGES_OPENED)).isEqualTo(1);
  }

  /** Spark kills a task without interrupting its thread unless it is told otherwise. */
  @Test
  void aKilledTaskEndsInTheMidstOfACheck() throws IOException {
    Path file = write(faulty(), "faulty.model");
    int kind = TableSchemas.ordinal(TableKind.FINDINGS, "kind");
    TaskContext task = TaskContext$.MODULE$.empty();
    TestFilter killing =
        new TestFilter(
            row -> {
              task.markInterrupted("killed");
              return true;
            },
            Set.of(kind));
    Scans scan = Scans.of(TableKind.FINDINGS, "kind").filter(killing);
    List<ImageSlice> slices = Scans.slices(1, file);
    try (TableReader reader = TaskContext.withTaskContext(task, () -> scan.reader(slices))) {
      assertThatThrownBy(reader::next).isInstanceOf(TaskKilledException.class);
    }
  }

  @Test
  void anInterruptedTaskIsNoRow() throws IOException {
    Path file = write(faulty(), "faulty.model");
    ImageFile listed = Scans.listed(file);
    try (TableReader reader =
        Scans.of(TableKind.CHECKS, "verdict").reader(List.of(new ImageSlice(listed, 0, 1)))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(reader::next).isInstanceOf(ClosedByInterruptException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
