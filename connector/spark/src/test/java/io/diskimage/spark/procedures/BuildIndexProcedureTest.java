package io.diskimage.spark.procedures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuildIndexProcedureTest {
  private final SparkSession spark = LocalSpark.session();

  @TempDir private Path directory;
  private Path images;

  @BeforeEach
  void images() throws IOException {
    images = Files.createDirectories(directory.toRealPath().resolve("vm"));
    for (String name : List.of("a.raw", "b.raw", "c.raw")) {
      Path file = Files.write(images.resolve(name), new byte[512]);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_123L));
    }
  }

  private Row build(Path index) {
    return spark
        .sql("CALL images.system.build_index(path => '" + images + "', index => '" + index + "')")
        .head();
  }

  private static List<String> names(Path index) throws IOException {
    try (Stream<Path> files = Files.list(index)) {
      return files.map(file -> file.getFileName().toString().replaceAll("-.*", "")).toList();
    }
  }

  @Test
  void oneRowTellsWhatWasDone() {
    Row first = build(directory.resolve("index"));
    assertThat(first.schema().fieldNames())
        .containsExactly("images", "carried", "opened", "failed", "files", "bytes");
    assertThat(List.of(first.get(0), first.get(1), first.get(2), first.get(3), first.get(4)))
        .isEqualTo(List.of(3L, 0L, 3L, 0L, 1L));
    assertThat(first.getLong(5)).isPositive();
    assertThat(build(directory.resolve("index")).<Long>getAs("carried")).isEqualTo(3);
  }

  @Test
  void ofOlderGenerationsOnlyTheLastStays() throws IOException {
    Path index = directory.resolve("index");
    for (int i = 0; i < 4; i++) {
      build(index);
    }
    assertThat(names(index))
        .filteredOn(name -> !name.startsWith("."))
        .containsExactlyInAnyOrder("manifest", "manifest", "rows", "rows");
  }

  @Test
  void aFleetWithoutImagesHasAnIndexWithoutRows() throws IOException {
    for (String name : List.of("a.raw", "b.raw", "c.raw")) {
      Files.delete(images.resolve(name));
    }
    Row row = build(directory.resolve("index"));
    assertThat(row.getLong(0)).isZero();
    assertThat(row.getLong(4)).isZero();
  }

  @Test
  void anyReaderOfParquetReadsTheRows() {
    Path index = directory.resolve("index");
    build(index);
    List<Row> rows =
        spark
            .read()
            .parquet(index + "/rows-*")
            .selectExpr(
                "path",
                "format",
                "header",
                "modified = timestamp_millis(1700000000123)",
                "etag",
                "opened",
                "settled",
                "allocation.runs[0].stored")
            .orderBy("path")
            .collectAsList();
    assertThat(rows).hasSize(3);
    assertThat(rows.get(0).getString(0)).isEqualTo("file:" + images + "/a.raw");
    assertThat(rows.get(0).getString(1)).isEqualTo("raw");
    assertThat(List.of(rows.get(0).get(3), rows.get(0).get(5), rows.get(0).get(6)))
        .containsOnly(true);
    assertThat(rows.get(0).isNullAt(4)).isTrue();
    assertThat(rows.get(0).getLong(7)).isEqualTo(512);
  }

  @Test
  void anIndexAmongTheImagesIsRefusedUnlessItIsHidden() throws IOException {
    assertThatThrownBy(() -> build(images.resolve("deep/index")))
        .hasStackTraceContaining("must not lie among the images");
    assertThat(images.resolve("deep")).doesNotExist();
    assertThat(build(images.resolve("_index")).getLong(0)).isEqualTo(3);
    assertThat(build(images.resolve("_index")).getLong(0)).isEqualTo(3);
    assertThat(build(directory.resolve("vm-index")).getLong(0)).isEqualTo(3);
  }

  @Test
  void aBuildThatFailsLeavesTheIndexAsItWas() throws IOException {
    Path index = directory.resolve("index");
    build(index);
    List<String> before = names(index);
    assertThatThrownBy(
            () ->
                spark.sql(
                    "CALL images.system.build_index(path => '"
                        + images
                        + "/nowhere', index => '"
                        + index
                        + "')"))
        .hasStackTraceContaining("PATH_NOT_FOUND");
    assertThat(names(index)).containsExactlyInAnyOrderElementsOf(before);
    assertThat(build(index).<Long>getAs("carried")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "path => '', index => '/x' | path => nothing is not allowed",
        "path => NULL, index => '/x' | path => nothing is not allowed",
        "path => '/x', index => ' ' | index => nothing is not allowed",
        "path => '/x' | index",
        "path => '/x', index => 'nofs://a/b' | nofs"
      })
  void wrongArgumentsSayWhatIsAllowed(String arguments, String message) {
    assertThatThrownBy(() -> spark.sql("CALL images.system.build_index(" + arguments + ")"))
        .hasStackTraceContaining(message);
  }
}
