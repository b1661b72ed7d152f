package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.LocalSpark;
import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.LiteralValue;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageScanTest {
  @TempDir private Path root;

  @BeforeEach
  void files() throws IOException {
    LocalSpark.session();
    for (String name : List.of("a.raw", "b.raw", "c.raw")) {
      Files.write(root.resolve(name), new byte[512]);
    }
  }

  @Test
  void filesAreListedWhenPartitionsAreAskedForAndOnlyOnce() throws IOException {
    ImageScan scan = scan(TableKind.BLOCKS);
    assertThat(scan.description()).contains(root.toString());
    assertThat(scan.readSchema()).isEqualTo(TableSchemas.columns(TableKind.BLOCKS));
    assertThat(scan.estimateStatistics().sizeInBytes()).hasValue(Long.MAX_VALUE);
    Files.delete(root.resolve("a.raw"));
    assertThat(paths(scan.toBatch())).containsExactly(path("b.raw"), path("c.raw"));
    Files.delete(root.resolve("b.raw"));
    assertThat(paths(scan.toBatch())).containsExactly(path("b.raw"), path("c.raw"));
  }

  @Test
  void runtimeFiltersLeaveOutFilesAndTheLastOneCounts() {
    ImageScan scan = scan(TableKind.BLOCKS);
    assertThat(scan.filterAttributes()).hasSize(1);
    scan.filter(new Predicate[] {pathIn(path("a.raw"), path("c.raw"), "file:/other")});
    assertThat(paths(scan.toBatch())).containsExactly(path("a.raw"), path("c.raw"));
    scan.filter(new Predicate[] {pathIn(path("b.raw"))});
    assertThat(paths(scan.toBatch())).containsExactly(path("b.raw"));
  }

  @Test
  void aScanThatDoesNotReadThePathIsNotFilteredByIt() {
    ImageScanBuilder builder = builder(TableKind.BLOCKS);
    builder.pruneColumns(new StructType().add("offset", DataTypes.LongType));
    assertThat(((ImageScan) builder.build()).filterAttributes()).isEmpty();
  }

  @Test
  void equalScansHaveEqualBatchesUnlessFilteredApart() {
    ImageScan first = scan(TableKind.BLOCKS);
    ImageScan second = scan(TableKind.BLOCKS);
    assertThat(first).isEqualTo(second).hasSameHashCodeAs(second);
    assertThat(first.toBatch()).isEqualTo(second.toBatch()).hasSameHashCodeAs(second.toBatch());
    assertThat(first.toBatch()).isNotEqualTo(scan(TableKind.EXTENTS).toBatch());
    first.filter(new Predicate[] {pathIn(path("a.raw"))});
    assertThat(first.toBatch()).isNotEqualTo(second.toBatch());
  }

  @Test
  void whatTasksShareIsBroadcastOnce() {
    ImageScan scan = scan(TableKind.BLOCKS);
    assertThat(scan.spec()).isSameAs(scan.spec());
    assertThat(scan.spec().value().readSchema()).isEqualTo(scan.readSchema());
  }

  @Test
  void aScanIsColumnarWithoutAskingItsPartitions() {
    assertThat(scan(TableKind.IMAGES).columnarSupportMode())
        .isEqualTo(Scan.ColumnarSupportMode.SUPPORTED);
  }

  private ImageScan scan(TableKind table) {
    return (ImageScan) builder(table).build();
  }

  private ImageScanBuilder builder(TableKind table) {
    return new ImageScanBuilder(
        OptionLayers.ofReader(Map.of()).resolve(table, List.of(root.toString()), TimeTravel.NONE));
  }

  private String path(String name) {
    return "file:" + root + "/" + name;
  }

  private static List<String> paths(Batch batch) {
    return Arrays.stream(batch.planInputPartitions())
        .flatMap(partition -> ((ImagePartition) partition).slices().stream())
        .map(slice -> slice.file().path())
        .toList();
  }

  private static Predicate pathIn(String... paths) {
    Expression[] children = new Expression[paths.length + 1];
    children[0] = Expressions.column("path");
    for (int i = 0; i < paths.length; i++) {
      children[i + 1] = new LiteralValue<>(UTF8String.fromString(paths[i]), DataTypes.StringType);
    }
    return new Predicate("IN", children);
  }
}
