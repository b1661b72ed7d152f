package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.oracle.QemuImg;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an image may take is bounded by options, and a message names the one that raises it. */
class LimitOptionsTest {
  private static final String NAME = "n".repeat(200);

  private final SparkSession spark = LocalSpark.session();

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void makeImage() {
    QemuImg.requireOrSkip();
    file = directory.resolve("a.qcow2");
    QemuImg.create("qcow2", "cluster_size=64k", file, "1M");
    QemuImg.io("qcow2", file, List.of("write -q -c -P 7 0 64k"));
    QemuImg.run("snapshot", "-c", NAME, file.toString());
  }

  private Dataset<Row> read(String table, String option, String value) {
    return spark
        .read()
        .format("diskimage")
        .option("table", table)
        .option(option, value)
        .load(file.toString());
  }

  @Test
  void aClusterThatDecodesToMoreFailsTheJobAndNamesTheOption() {
    assertThatThrownBy(
            () -> read("blocks", "maxDecodedBytes", "65535").select("data").collectAsList())
        .rootCause()
        .hasMessageContaining("(limit decodedBytes = 65535)");
    assertThatThrownBy(
            () -> read("blocks", "maxDecodedBytes", "65535").select("data").collectAsList())
        .hasStackTraceContaining("option maxDecodedBytes raises it");
    assertThat(
            read("blocks", "maxDecodedBytes", "64k")
                .where("allocated")
                .selectExpr("sha2(data, 256) = sha2(unhex(repeat('07', 65536)), 256)")
                .head()
                .getBoolean(0))
        .isTrue();
  }

  @Test
  void whatARowSaysNamesTheOption() {
    // The id of the first snapshot is 1.
    Row error = read("images", "maxTextBytes", "200").select("error.class", "error.message").head();
    assertThat(error.getString(0)).isEqualTo("LimitExceededException");
    assertThat(error.getString(1))
        .endsWith("(limit textBytes = 200); option maxTextBytes raises it");
    Row raised = read("images", "maxTextBytes", "201").select("error", "snapshot_count").head();
    assertThat(raised.isNullAt(0)).isTrue();
    assertThat(raised.getLong(1)).isEqualTo(1);
  }

  @Test
  void aChainIsAsDeepAsTheOptionAllows() {
    String below = "a.qcow2";
    for (String layer : List.of("b.qcow2", "c.qcow2")) {
      String options = "backing_fmt=qcow2,backing_file=" + below;
      QemuImg.create("qcow2", options, directory.resolve(layer), "1M");
      below = layer;
    }
    file = directory.resolve(below);
    assertThatThrownBy(() -> following("1").count())
        .hasStackTraceContaining("(limit chainDepth = 1); option maxChainDepth raises it");
    assertThat(following("2").where("depth = 2").selectExpr("sum(length)").head().getLong(0))
        .isEqualTo(1L << 20);
  }

  private Dataset<Row> following(String depth) {
    return spark
        .read()
        .format("diskimage")
        .option("table", "extents")
        .option("chain", "follow")
        .option("maxChainDepth", depth)
        .load(file.toString());
  }
}
