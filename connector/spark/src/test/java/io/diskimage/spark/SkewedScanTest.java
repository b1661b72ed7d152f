package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.oracle.QemuImg;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A scan of a large image whose data lie in one place, or scattered, gives its tasks equal work.
 */
class SkewedScanTest {
  private static final long GIB = 1L << 30;
  private static final int DISK_GIB = 64;
  private static final List<String> IN_THE_FIRST_PERCENT = List.of("write -q -P 1 0 64M");
  private static final List<String> IN_THE_LAST_PERCENT =
      List.of("write -q -P 1 " + (DISK_GIB * GIB - (64 << 20)) + " 64M");
  private static final List<String> SCATTERED =
      IntStream.range(0, DISK_GIB).mapToObj(gib -> "write -q -P 1 " + gib * GIB + " 1M").toList();

  @TempDir private Path directory;

  @BeforeAll
  static void oracle() {
    QemuImg.requireOrSkip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vpc", "vdi", "parallels"})
  void noTaskReadsMuchMoreThanTheMean(String format) {
    for (List<String> writes : List.of(IN_THE_FIRST_PERCENT, IN_THE_LAST_PERCENT, SCATTERED)) {
      Path image =
          directory.resolve(writes.size() + writes.get(0).replace(' ', '-') + "." + format);
      QemuImg.create(format, "", image, DISK_GIB + "G");
      QemuImg.io(format, image, writes);
      Dataset<Row> blocks =
          LocalSpark.session()
              .read()
              .format("diskimage")
              .option("maxPartitionBytes", "4m")
              .load(image.toString())
              .where("allocated");
      int tasks = blocks.select("data").javaRDD().getNumPartitions();
      List<Row> read =
          blocks
              .selectExpr("spark_partition_id() AS task", "octet_length(data) AS bytes")
              .groupBy("task")
              .sum("bytes")
              .collectAsList();
      long total = read.stream().mapToLong(row -> row.getLong(1)).sum();
      long most = read.stream().mapToLong(row -> row.getLong(1)).max().orElse(0);
      assertThat(tasks).as("tasks of %s", image).isGreaterThanOrEqualTo(16);
      assertThat(total).as("bytes of %s", image).isGreaterThanOrEqualTo(64 << 20);
      assertThat((double) most).as("largest of %s", image).isLessThanOrEqualTo(1.5 * total / tasks);
    }
  }
}
