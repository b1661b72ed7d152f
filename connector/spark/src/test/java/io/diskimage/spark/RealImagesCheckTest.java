package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.oracle.QemuImg;
import io.diskimage.spark.metrics.ScanMetric;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPInputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that VirtualBox made, whole and damaged, checked through Spark. */
class RealImagesCheckTest {
  private static final Path STORED =
      Path.of("../format/src/test/resources/real-images/vdi/vbox5-dynamic-4M.vdi.gz");

  /** Header field with the offset of the block map (vdi.md section 1). */
  private static final int MAP_OFFSET = 0x154;

  private final SparkSession spark = LocalSpark.session();

  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void unpack() throws IOException {
    image = directory.resolve("a.vdi");
    try (InputStream bytes = new GZIPInputStream(Files.newInputStream(STORED))) {
      Files.copy(bytes, image, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private Dataset<Row> table(String name) {
    return spark.table("images.`" + directory + "`." + name);
  }

  /** Lets the second block of the guest lie where the first does. */
  private void damage() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(image)).order(ByteOrder.LITTLE_ENDIAN);
    int map = bytes.getInt(MAP_OFFSET);
    bytes.putInt(map + 4, bytes.getInt(map));
    Files.write(image, bytes.array());
  }

  private static long metadataBytes(Dataset<Row> rows) {
    var plan = rows.queryExecution().executedPlan();
    plan.executeCollectPublic();
    return plan.collectLeaves()
        .head()
        .metrics()
        .get(ScanMetric.METADATA_BYTES.label())
        .get()
        .value();
  }

  @Test
  void theImageOfVirtualBoxHasNoCorruption() {
    Row row = table("checks").select("format", "corruptions", "beyond_corruptions").first();

    assertThat(row.getString(0)).isEqualTo("vdi");
    assertThat(row.getLong(1)).isZero();
    assertThat(row.getLong(2)).isZero();
  }

  @Test
  void damageCountsAsQemuCountsIt() throws IOException {
    QemuImg.requireOrSkip();
    damage();
    byte[] before = Files.readAllBytes(image);
    QemuImg.Check expected = QemuImg.check(image, "vdi");
    assertThat(expected.counter("corruptions")).isPositive();

    Row row =
        table("checks").select("verdict", "corruptions", "leaks", "check_errors", "error").first();

    assertThat(row.getString(0)).isEqualTo("corrupt");
    assertThat(row.getLong(1)).isEqualTo(expected.counter("corruptions"));
    assertThat(row.getLong(2)).isEqualTo(expected.counter("leaks"));
    assertThat(row.getLong(3)).isEqualTo(expected.counter("check-errors"));
    assertThat(row.isNullAt(4)).isTrue();
    assertThat(
            table("findings")
                .where("severity = 'corruption' AND part NOT LIKE 'beyond-qemu%'")
                .selectExpr("sum(count)")
                .first()
                .getLong(0))
        .isEqualTo(expected.counter("corruptions"));
    assertThat(table("findings").where("kind = 'VDI_DUPLICATE_BLOCK'").count()).isEqualTo(1);
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void findingsOfTheHeaderReadNoMap() {
    Dataset<Row> ofHeader = table("findings").where("kind = 'VDI_NULL_UUID'").select("message");
    Dataset<Row> ofMap = table("findings").where("kind = 'VDI_DUPLICATE_BLOCK'").select("message");

    // The sector that tells the format, and the header.
    assertThat(metadataBytes(ofHeader)).isEqualTo(2 * 512);
    assertThat(metadataBytes(ofMap)).isGreaterThan(2 * 512);
  }
}
