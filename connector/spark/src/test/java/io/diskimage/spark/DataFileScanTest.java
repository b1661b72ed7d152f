package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.oracle.QemuImg;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image whose data lie in another file, through Spark and its cache. */
class DataFileScanTest {
  private Path image;
  private Path dataFile;

  @BeforeEach
  void makeImage(@TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    ImageCache.get().clear();
    Path folder = directory.toRealPath();
    image = folder.resolve("image.qcow2");
    dataFile = folder.resolve("image.raw");
    QemuImg.create("qcow2", "data_file=" + dataFile, image, "1M");
    QemuImg.io("qcow2", image, List.of("write -P 5 64k 64k"));
  }

  @AfterEach
  void nothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }

  private static DataFrameReader reader(String table, String chain) {
    return LocalSpark.session()
        .read()
        .format("diskimage")
        .option("table", table)
        .option("chain", chain);
  }

  private byte firstByte() {
    Row row =
        reader("blocks", "follow").load(image.toString()).where("allocated").select("data").first();
    byte[] data = (byte[]) row.get(0);
    assertThat(data).hasSize(64 << 10).containsOnly(data[0]);
    return data[0];
  }

  @Test
  void theDataFileIsTheHostFile() {
    assertThat(firstByte()).isEqualTo((byte) 5);
    assertThat(
            reader("extents", "follow")
                .load(image.toString())
                .where("allocated")
                .select("host_file", "depth")
                .first()
                .mkString(" "))
        .isEqualTo("file:" + dataFile + " 0");
  }

  @Test
  void aDataFileThatWasReplacedIsOpenedAgain() throws IOException {
    assertThat(firstByte()).isEqualTo((byte) 5);
    long opened = ImageCache.get().stats().opened();
    assertThat(firstByte()).isEqualTo((byte) 5);
    assertThat(ImageCache.get().stats().opened()).isEqualTo(opened);

    byte[] bytes = new byte[(int) Files.size(dataFile)];
    Arrays.fill(bytes, (byte) 7);
    Path replacement = Files.write(dataFile.resolveSibling("new"), bytes);
    Files.setLastModifiedTime(replacement, FileTime.fromMillis(1_700_000_000_000L));
    Files.move(replacement, dataFile, StandardCopyOption.REPLACE_EXISTING);
    assertThat(firstByte()).isEqualTo((byte) 7);
    assertThat(ImageCache.get().stats().opened()).isEqualTo(opened + 1);
  }

  @Test
  void underTopItIsNotOpenedThoughAnotherQueryHasIt() {
    assertThat(firstByte()).isEqualTo((byte) 5);
    for (String table : List.of("blocks", "extents")) {
      assertThatThrownBy(() -> reader(table, "top").load(image.toString()).collectAsList())
          .hasStackTraceContaining("ReferenceDeniedException")
          .hasStackTraceContaining("chain=follow");
    }
    assertThatThrownBy(
            () ->
                reader("blocks", "follow")
                    .option("chainRoots", "[]")
                    .load(image.toString())
                    .collectAsList())
        .hasStackTraceContaining("ReferenceDeniedException")
        .hasStackTraceContaining("chainRoots");
  }
}
