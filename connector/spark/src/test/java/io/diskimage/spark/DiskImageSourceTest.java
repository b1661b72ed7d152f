package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiskImageSourceTest {
  private final SparkSession spark = LocalSpark.session();

  @TempDir private Path root;

  @BeforeEach
  void files() throws IOException {
    Files.createDirectories(root.resolve("dc1"));
    Files.createDirectories(root.resolve("dc2"));
    Files.write(root.resolve("dc1/a.txt"), new byte[512]);
    Files.write(root.resolve("dc2/b.txt"), new byte[512]);
  }

  @ParameterizedTest
  @EnumSource
  void everyTableHasItsSchema(TableKind table) {
    assertThat(spark.read().format("diskimage").option("table", table.label()).load("/x").schema())
        .isEqualTo(TableSchemas.columns(table));
  }

  @Test
  void theDefaultTableIsBlocks() {
    assertThat(spark.read().format("diskimage").load("/x").schema())
        .isEqualTo(TableSchemas.columns(TableKind.BLOCKS));
  }

  @Test
  void metadataColumnsAreHiddenUnlessNamed() {
    Dataset<Row> blocks = spark.read().format("diskimage").load("/x");
    assertThat(blocks.columns()).doesNotContain("_kind");
    StructType named = blocks.select("_kind", "_error.host_offset", "_partial").schema();
    assertThat(named.toDDL()).isEqualTo("_kind STRING,host_offset BIGINT,_partial BOOLEAN");
  }

  @Test
  void severalPathsAreReadAtOnce() {
    Dataset<Row> images =
        spark
            .read()
            .format("diskimage")
            .option("table", "images")
            .load(root + "/dc1", root + "/dc2", root + "/dc*/a.txt");
    assertThat(images.select("path").as(Encoders.STRING()).collectAsList())
        .containsExactlyInAnyOrder("file:" + root + "/dc1/a.txt", "file:" + root + "/dc2/b.txt");
  }

  @Test
  void snapshotsAreChosenByOption() {
    for (String option : new String[] {"snapshot", "versionAsOf"}) {
      assertThat(plan(spark.read().format("diskimage").option(option, "before").load("/x")))
          .contains("snapshot: before");
    }
    assertThat(
            plan(
                spark
                    .read()
                    .format("diskimage")
                    .option("timestampAsOf", "1970-01-01 00:00:01Z")
                    .load("/x")))
        .contains("snapshotAsOf: 1000000");
  }

  @Test
  void whatIsWrongWithOptionsIsSaidWhenTheTableIsLoaded() {
    assertThatThrownBy(() -> spark.read().format("diskimage").option("blokSize", "1").load("/x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blockSize");
    assertThatThrownBy(() -> spark.read().format("diskimage").load())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("path");
    assertThatThrownBy(
            () ->
                spark
                    .read()
                    .format("diskimage")
                    .option("table", "images")
                    .option("mode", "x")
                    .load("/x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mode")
        .hasMessageContaining("images");
  }

  @Test
  void aSchemaOfTheUsersIsRefused() {
    assertThatThrownBy(
            () ->
                spark
                    .read()
                    .format("diskimage")
                    .schema(new StructType().add("x", "int"))
                    .load("/x"))
        .hasMessageContaining("user-specified schema");
  }

  @Test
  void aMissingPathIsNamedWhenTheScanStarts() {
    Dataset<Row> blocks = spark.read().format("diskimage").load(root + "/missing");
    assertThatThrownBy(blocks::count)
        .hasMessageContaining("PATH_NOT_FOUND")
        .hasMessageContaining("file:" + root + "/missing");
  }

  @Test
  void aggregatesOfNoFilesAreThoseOfNoRows() throws IOException {
    Files.createDirectories(root.resolve("empty"));
    Dataset<Row> blocks = spark.read().format("diskimage").load(root + "/empty");
    assertThat(blocks.count()).isZero();
    Row row =
        blocks.selectExpr("count(*)", "count_if(allocated)", "sum(length)", "max(`offset`)").head();
    assertThat(row.getLong(0)).isZero();
    assertThat(row.getLong(1)).isZero();
    assertThat(row.isNullAt(2)).isTrue();
    assertThat(row.isNullAt(3)).isTrue();
    Dataset<Row> other = spark.read().format("diskimage").load(root.toString());
    assertThat(other.where("path = 'nowhere'").count()).isZero();
    assertThat(blocks.groupBy("path").count().count()).isZero();
  }

  @Test
  void sqlReadsAPathWithoutACatalog() {
    spark.sql(
        "CREATE OR REPLACE TEMPORARY VIEW fleet USING diskimage OPTIONS (path '"
            + root
            + "', table 'images')");
    assertThat(spark.sql("SELECT path FROM fleet").count()).isEqualTo(2);
    assertThat(spark.sql("SELECT * FROM fleet").schema())
        .isEqualTo(TableSchemas.columns(TableKind.IMAGES));
  }

  @Test
  void aTableOfSparksOwnCatalogReadsAPath() {
    spark.sql("DROP TABLE IF EXISTS fleet_table");
    spark.sql(
        "CREATE TABLE fleet_table USING diskimage OPTIONS (table 'images', pathGlobFilter '*.txt')"
            + " LOCATION 'file:"
            + root
            + "' COMMENT 'images'");
    try {
      assertThat(spark.table("fleet_table").schema())
          .isEqualTo(TableSchemas.columns(TableKind.IMAGES));
      assertThat(spark.sql("SELECT path FROM fleet_table").count()).isEqualTo(2);
    } finally {
      spark.sql("DROP TABLE fleet_table");
    }
  }

  @Test
  void equalTablesShareACache() {
    Dataset<Row> first =
        spark.read().format("diskimage").option("table", "images").load(root.toString());
    first.cache();
    try {
      Dataset<Row> second =
          spark.read().format("diskimage").option("table", "images").load(root.toString());
      assertThat(plan(second)).contains("InMemory");
    } finally {
      first.unpersist(true);
    }
  }

  private static String plan(Dataset<Row> rows) {
    return rows.queryExecution().executedPlan().toString();
  }
}
