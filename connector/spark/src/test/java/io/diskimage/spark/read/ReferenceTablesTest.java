package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables {@code references} and {@code bitmaps} in Spark. */
class ReferenceTablesTest {
  private final SparkSession spark = LocalSpark.session();

  private Path top;

  @BeforeEach
  void fleet(@TempDir Path directory) throws IOException {
    Scans.assertNothingOpen();
    top = directory.toRealPath();
    for (String name : new String[] {"dc1", "dc1/deep", "dc2"}) {
      Files.createDirectory(top.resolve(name));
    }
    Files.write(top.resolve("base.raw"), new byte[512]);
    Files.write(top.resolve("dc1/base.raw"), new byte[512]);
    Qcow2Head.backed(top.resolve("dc1/same.qcow2"), "base.raw");
    Qcow2Head.backed(top.resolve("dc1/up.qcow2"), "../base.raw");
    Qcow2Head.backed(top.resolve("dc1/deep/up.qcow2"), "../base.raw");
    Qcow2Head.withBitmap(top.resolve("dc2/bitmap.qcow2"), "nightly");
  }

  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  /** By default the directory read, that of a file, and what stands before a wildcard. */
  @ParameterizedTest
  @CsvSource({
    "dc1, up.qcow2=true same.qcow2=true up.qcow2=null",
    "dc1/up.qcow2, up.qcow2=null",
    "dc1/deep, up.qcow2=null",
    "dc1/deep/up.qcow2, up.qcow2=null",
    "dc*/up.qcow2, up.qcow2=true",
    "dc1/*, up.qcow2=true same.qcow2=true up.qcow2=null",
    "'', up.qcow2=true same.qcow2=true up.qcow2=true"
  })
  void existsIsToldInsideWhatIsRead(String path, String expected) {
    List<Row> rows =
        spark
            .sql(
                "SELECT path, `exists`, risks FROM images.`"
                    + (path.isEmpty() ? top : top.resolve(path))
                    + "`.references ORDER BY path")
            .collectAsList();
    assertThat(
            String.join(
                " ",
                rows.stream()
                    .map(row -> Path.of(row.getString(0)).getFileName() + "=" + row.get(1))
                    .toList()))
        .isEqualTo(expected);
    for (Row row : rows) {
      assertThat(row.<String>getList(2).contains("outside roots")).isEqualTo(row.isNullAt(1));
    }
  }

  @Test
  void chainRootsSayWhereElseMayBeLookedAt() {
    String query = "SELECT `exists` FROM images.`%s`.references WITH ('chainRoots' = '%s')";
    Path file = top.resolve("dc1/up.qcow2");
    assertThat(spark.sql(String.format(Locale.ROOT, query, file, top)).first().get(0))
        .isEqualTo(true);
    assertThat(
            spark.sql(String.format(Locale.ROOT, query, file, top.resolve("dc2"))).first().get(0))
        .isNull();
    assertThat(spark.sql(String.format(Locale.ROOT, query, file, "[]")).first().get(0)).isNull();
    assertThat(
            spark
                .read()
                .format("diskimage")
                .option("table", "references")
                .option("chainRoots", "[\"" + top.resolve("dc2") + "\", \"file:" + top + "/\"]")
                .load(file.toString())
                .select("exists")
                .first()
                .get(0))
        .isEqualTo(true);
  }

  @Test
  void countsAndFiltersNeedNoOtherColumn() {
    String references = "images.`" + top + "`.references";
    assertThat(spark.sql("SELECT count(*) FROM " + references).first().getLong(0)).isEqualTo(3);
    assertThat(
            spark
                .sql(
                    "SELECT target FROM "
                        + references
                        + " WHERE kind = 'backing file' AND path LIKE '%deep%'")
                .collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("../base.raw");
    assertThat(spark.sql("SELECT * FROM " + references + " WHERE kind = 'data file'").count())
        .isZero();
    assertThat(
            spark
                .sql(
                    "SELECT count(*) FROM "
                        + references
                        + " WHERE array_contains(risks, 'parent directory')")
                .first()
                .getLong(0))
        .isEqualTo(2);
  }

  @Test
  void bitmapsAreATable() {
    assertThat(spark.sql("SELECT * FROM images.`" + top + "`.bitmaps").collectAsList())
        .extracting(Row::mkString)
        .containsExactly("file:" + top + "/dc2/bitmap.qcow2nightly65536truetruenull");
  }
}
