package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiskImageCatalogTest {
  private final SparkSession spark = LocalSpark.session();

  @TempDir private Path root;

  @ParameterizedTest
  @EnumSource
  void everyTableOfAPathHasItsSchema(TableKind table) {
    assertThat(spark.table("images.`/x/*.qcow2`." + table.label()).schema())
        .isEqualTo(TableSchemas.columns(table));
    assertThat(spark.table("images.`/x`").schema())
        .isEqualTo(TableSchemas.columns(TableKind.BLOCKS));
  }

  @Test
  void snapshotsAreTimeTravel() {
    assertThat(explain("SELECT path FROM images.`/x` VERSION AS OF 'before'"))
        .contains("snapshot: before");
    assertThat(explain("SELECT path FROM images.`/x`.extents VERSION AS OF 7"))
        .contains("snapshot: 7");
    assertThat(explain("SELECT path FROM images.`/x` TIMESTAMP AS OF '1970-01-01 00:00:01Z'"))
        .contains("snapshotAsOf: 1000000");
    assertThat(explain("SELECT path FROM images.`/x` WITH (snapshot = 'before')"))
        .contains("snapshot: before");
    assertThat(
            spark
                .read()
                .option("versionAsOf", "before")
                .table("images.`/x`")
                .queryExecution()
                .executedPlan()
                .toString())
        .contains("snapshot: before");
  }

  @Test
  void twoSnapshotsAreAnError() {
    assertThatThrownBy(
            () -> explain("SELECT path FROM images.`/x` VERSION AS OF 'a' WITH (snapshot = 'b')"))
        .isInstanceOfAny(IllegalArgumentException.class, AnalysisException.class);
    assertThatThrownBy(
            () ->
                spark
                    .read()
                    .option("versionAsOf", "a")
                    .option("snapshot", "b")
                    .table("images.`/x`")
                    .queryExecution()
                    .executedPlan())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snapshot");
  }

  @ParameterizedTest
  @ValueSource(strings = {"images", "snapshots", "bitmaps", "references", "findings", "checks"})
  void reportsHaveNoVersions(String table) {
    assertThatThrownBy(
            () -> explain("SELECT path FROM images.`/x`." + table + " VERSION AS OF 'a'"))
        .hasMessageContaining(table)
        .hasMessageContaining("blocks, extents");
  }

  @Test
  void optionsOfAQueryWinOverThoseOfTheCatalog() {
    assertThat(explain("SELECT count(data) FROM images.`/x` WITH (mode = 'PERMISSIVE')"))
        .doesNotContain("pushedAggregates");
    assertThat(explain("SELECT count(data) FROM images.`/x`")).contains("pushedAggregates");
    assertThatThrownBy(() -> explain("SELECT path FROM images.`/x` WITH (blocksize = 5)"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blockSize");
    assertThatThrownBy(() -> explain("SELECT path FROM images.`/x` WITH (path = '/y')"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/y");
  }

  @Test
  void propertiesOfTheCatalogMustBeOptions() {
    DiskImageCatalog catalog = new DiskImageCatalog();
    assertThatThrownBy(
            () -> catalog.initialize("c", new CaseInsensitiveStringMap(Map.of("blokSize", "1"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blockSize");
  }

  @Test
  void tablesThatThereAreNotAreNamed() {
    assertThatThrownBy(() -> spark.table("images.`/x`.extent"))
        .hasMessageContaining("extent")
        .hasMessageContaining("did you mean extents?");
    assertThatThrownBy(() -> spark.table("images.`/x`.reference"))
        .hasMessageContaining("did you mean references?");
    assertThatThrownBy(() -> spark.table("images.a.b.c"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
  }

  @Test
  void aTableExistsIfItsPathDoes() throws IOException {
    Files.write(root.resolve("a.qcow2"), new byte[10]);
    DiskImageCatalog catalog = catalog();
    String[] none = {};
    assertThat(catalog.tableExists(Identifier.of(none, root + "/a.qcow2"))).isTrue();
    assertThat(catalog.tableExists(Identifier.of(none, root + "/*.qcow2"))).isTrue();
    assertThat(catalog.tableExists(Identifier.of(none, root + "/*.vdi"))).isFalse();
    assertThat(catalog.tableExists(Identifier.of(none, root + "/b.qcow2"))).isFalse();
    assertThat(catalog.tableExists(Identifier.of(new String[] {root.toString()}, "extents")))
        .isTrue();
    assertThat(catalog.tableExists(Identifier.of(new String[] {root.toString()}, "extent")))
        .isFalse();
    assertThat(catalog.tableExists(Identifier.of(new String[] {"a", "b"}, "extents"))).isFalse();
  }

  @Test
  void thePathsTablesAreListed() {
    List<String> tables =
        spark.sql("SHOW TABLES IN images.`/x`").collectAsList().stream()
            .map((Row row) -> row.<String>getAs("tableName"))
            .toList();
    assertThat(tables)
        .containsExactly(
            "blocks",
            "extents",
            "images",
            "snapshots",
            "bitmaps",
            "references",
            "findings",
            "checks");
    assertThat(spark.sql("SHOW TABLES IN images").count()).isZero();
    assertThat(spark.sql("SHOW NAMESPACES IN images").count()).isZero();
  }

  @Test
  void aPathThatNamesSomethingCanBeUsedAsANamespace() {
    SparkSession own = spark.newSession();
    assertThatThrownBy(() -> own.sql("USE images.`" + root + "/missing`"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("missing");
    own.sql("USE images.`" + root + "`");
    assertThat(own.table("extents").schema()).isEqualTo(TableSchemas.columns(TableKind.EXTENTS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE images.`/x` (a INT)",
        "CREATE TABLE images.`/x` AS SELECT 1 AS a",
        "DROP TABLE images.`/`",
        "ALTER TABLE images.`/x` ADD COLUMN a INT",
        "ALTER TABLE images.`/x` RENAME TO images.`/y`",
        "CREATE NAMESPACE images.n",
        "DROP NAMESPACE images.`/`",
        "ALTER NAMESPACE images.`/` SET PROPERTIES (a = 'b')"
      })
  void nothingCanBeChanged(String statement) {
    assertThatThrownBy(() -> spark.sql(statement)).hasMessageContaining("read-only");
  }

  @Test
  void nothingCanBeWritten() {
    assertThatThrownBy(() -> spark.sql("INSERT INTO images.`/x` SELECT * FROM images.`/x`"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("append");
  }

  @Test
  void tablesAreDescribed() {
    String text = spark.sql("DESCRIBE TABLE EXTENDED images.`/x`").collectAsList().toString();
    assertThat(text).contains("_host_offset", "EXTERNAL", "/x", "diskimage");
  }

  private static DiskImageCatalog catalog() {
    DiskImageCatalog catalog = new DiskImageCatalog();
    catalog.initialize("images", CaseInsensitiveStringMap.empty());
    return catalog;
  }

  private String explain(String query) {
    // EXPLAIN would show an error as text.
    return spark.sql(query).queryExecution().executedPlan().toString();
  }
}
