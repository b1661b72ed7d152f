package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ExtentKind;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTableReaderTest {
  @TempDir Path directory;

  @BeforeEach
  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private static ModelDisk disk(ExtentKind kind) {
    long host = kind == ExtentKind.DATA ? ModelDisk.HEADER_BYTES : -1;
    return new ModelDisk(512, 2048, List.of(new ModelDisk.Run(0, 2048, kind, host)));
  }

  private Path write(ModelDisk disk, String name) throws IOException {
    return disk.write(directory.resolve(name));
  }

  @Test
  void everyFileHasARow() throws IOException {
    Path good = write(disk(ExtentKind.DATA), "good.model");
    Path refused = write(disk(ExtentKind.DATA).refusing(), "refused.model");
    Path text = Files.writeString(directory.resolve("notes.txt"), "no image");
    Path empty = Files.createFile(directory.resolve("empty.raw"));

    List<List<Object>> rows =
        Scans.of(
                TableKind.IMAGES,
                "path",
                "format",
                "virtual_size",
                "host_size",
                "cluster_size",
                "encrypted",
                "error")
            .rows(Scans.slices(1, good, refused, text, empty));

    assertThat(rows.get(0))
        .isEqualTo(
            Arrays.asList("file:" + good, "model", 2048L, Files.size(good), 512L, null, null));
    assertThat(rows.get(1))
        .isEqualTo(
            Arrays.asList(
                "file:" + refused,
                "model",
                null,
                Files.size(refused),
                null,
                null,
                List.of("CorruptImageException", "the model refuses to open", 8L)));
    assertThat(rows.get(2).subList(0, 6))
        .isEqualTo(Arrays.asList("file:" + text, null, null, 8L, null, null));
    assertThat((List<?>) rows.get(2).get(6)).first().isEqualTo("NotAnImageException");
    assertThat(rows.get(3).get(6))
        .isEqualTo(Arrays.asList("NotAnImageException", "the file is empty", null));
  }

  @Test
  void featuresHeaderAndTimeHaveTheirTypes() throws IOException {
    Path file = write(disk(ExtentKind.DATA), "good.model");
    try (TableReader reader =
        Scans.of(TableKind.IMAGES, "features", "header", "modified")
            .reader(Scans.slices(1, file))) {
      assertThat(reader.next()).isTrue();
      InternalRow row = reader.get().getRow(0);

      ArrayData features = row.getArray(0);
      assertThat(features.numElements()).isEqualTo(1);
      assertThat(features.getUTF8String(0)).hasToString("words");
      MapData header = row.getMap(1);
      assertThat(header.keyArray().getUTF8String(0)).hasToString("runs");
      assertThat(header.valueArray().getUTF8String(0)).hasToString("1");
      assertThat(row.get(2, DataTypes.TimestampType))
          .isEqualTo(Files.getLastModifiedTime(file).toMillis() * 1000);
    }
  }

  @Test
  void allocationIsCountedOnlyWhenSomebodyAsks() throws IOException {
    Path file = write(disk(ExtentKind.DATA), "good.model");
    Scans without = Scans.of(TableKind.IMAGES, "virtual_size");
    without.rows(Scans.slices(1, file));
    Scans with = Scans.of(TableKind.IMAGES, "allocated_size");

    assertThat(with.rows(Scans.slices(1, file))).containsExactly(List.of(2048L));
    assertThat(with.metric(ScanMetric.METADATA_BYTES))
        .as("one run, of an image that is open")
        .isEqualTo(ModelImage.RUN_BYTES);
  }

  @Test
  void unreadableTablesAreAnErrorBesideTheHeader() throws IOException {
    Path file = write(disk(null), "damaged.model");

    assertThat(
            Scans.of(TableKind.IMAGES, "virtual_size", "allocated_size", "error")
                .rows(Scans.slices(1, file)))
        .containsExactly(
            Arrays.asList(
                2048L,
                null,
                List.of("CorruptImageException", "the model cannot follow this entry", 16L)));
  }

  @Test
  void aFilterOnTheListingOpensNothing() throws IOException {
    Path file = write(disk(ExtentKind.DATA), "good.model");
    int modified = TableSchemas.ordinal(TableKind.IMAGES, "modified");
    Scans scan =
        Scans.of(TableKind.IMAGES, "path")
            .filter(new TestFilter(row -> row.getLong(modified) < 0, Set.of(modified)));

    assertThat(scan.rows(Scans.slices(1, file))).isEmpty();
    assertThat(scan.metric(ScanMetric.IMAGES_OPENED)).isZero();
  }

  @Test
  void snapshotsAreListedAndUnreadableFilesAreCounted() throws IOException {
    Path file = write(disk(ExtentKind.DATA).withSnapshot("before"), "snapshot.model");
    Path text = Files.writeString(directory.resolve("notes.txt"), "no image");
    Scans scan =
        Scans.of(TableKind.SNAPSHOTS, "path", "id", "name", "created", "vm_clock_ns", "icount");

    assertThat(scan.rows(Scans.slices(1, text, file)))
        .containsExactly(Arrays.asList("file:" + file, "1", "before", 1_000_000_000L, 7L, null));
    assertThat(scan.metric(ScanMetric.IMAGES_FAILED)).isEqualTo(1);
  }
}
