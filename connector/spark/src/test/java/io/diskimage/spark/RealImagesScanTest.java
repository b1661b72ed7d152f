package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images that VirtualBox, Windows and Xen made, and hostile ones, through Spark. Hashes are
 * qemu-img's.
 */
class RealImagesScanTest {
  private static final Path STORED = Path.of("../format/src/test/resources/real-images");

  /** SHA-256 of a mebibyte of zeros. */
  private static final String ZEROS =
      "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58";

  @TempDir static Path directory;

  @BeforeAll
  static void unpack() throws IOException {
    List<Path> stored;
    try (var files = Files.walk(STORED)) {
      stored =
          files.filter(Files::isRegularFile).filter(file -> !file.endsWith("README.md")).toList();
    }
    for (Path file : stored) {
      String name = file.getFileName().toString();
      if (name.endsWith(".gz")) {
        try (InputStream bytes = new GZIPInputStream(Files.newInputStream(file))) {
          Files.copy(bytes, directory.resolve(name.substring(0, name.length() - 3)));
        }
      } else {
        Files.copy(file, directory.resolve(name));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "win8-dynamic-40M.vhd, auto, 41943040,"
        + " 80a3721188e40218b08b26776bc53bdae81e4784fff71d71450a197319cba113",
    "win81-dynamic-1G.vhd, auto, 1073741824,"
        + " 49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14",
    "xapi-dynamic-40M.vhd, auto, 41943040,"
        + " 80a3721188e40218b08b26776bc53bdae81e4784fff71d71450a197319cba113",
    "vbox-dynamic-40M.vhd, chs, 41909760,"
        + " 2625e0da0bc8637881f16ebad7b707696fe288d8bedbcee6b55d0c48a5e6d71f",
    "original-size-mismatch.vhd, auto, 2123776,"
        + " 100f317b5a397b22cd57cb01a71d4f3f66928fb6df6c83ac409e32480006cb94",
    "vbox5-dynamic-32M-empty.vdi, auto, 33554432,"
        + " 83ee47245398adee79bd9c0a8bc57b821e92aba10f5f9ade8a5d1fae4d8c4302",
    "vbox5-dynamic-4M.vdi, auto, 4194304,"
        + " 8fdefa42a22b04cf999ba6db209e5e945dd4793fe0e5c0282122df8eac939b4f"
  })
  void blocksHoldTheGuestsContent(String name, String vhdSize, long size, String sha256) {
    Iterator<Row> blocks =
        reader("blocks")
            .option("vhdSize", vhdSize)
            .load(file(name))
            .select("offset", "length", "data")
            .orderBy("offset")
            .toLocalIterator();
    MessageDigest digest = sha256();
    long position = 0;
    while (blocks.hasNext()) {
      Row block = blocks.next();
      assertThat(block.getLong(0)).isEqualTo(position);
      position += block.getInt(1);
      digest.update(block.isNullAt(2) ? new byte[block.getInt(1)] : (byte[]) block.get(2));
    }
    assertThat(position).isEqualTo(size);
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(sha256);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"win10-differencing-child-of-win8.vhd", "win10-differencing-fat-no-parent.vhd"})
  void differencingDisksAreNeverReadAsIfTheyStoodAlone(String name) {
    List<Row> runs = reader("extents").load(file(name)).orderBy("offset").collectAsList();
    List<Row> own = runs.stream().filter(run -> run.<Boolean>getAs("allocated")).toList();
    assertThat(own).hasSize(name.contains("fat") ? 8 : 0);
    for (Row run : runs) {
      assertThat(run.<Boolean>getAs("present")).isEqualTo(own.contains(run));
      assertThat(run.<Boolean>getAs("zero")).isFalse();
      assertThat(run.<Integer>getAs("depth")).isEqualTo(own.contains(run) ? 0 : null);
    }
    for (Row block :
        reader("blocks")
            .option("unallocated", "zeros")
            .load(file(name))
            .selectExpr("allocated", "data IS NULL AS bare", "_kind", "_partial")
            .collectAsList()) {
      boolean stored = block.getBoolean(0);
      assertThat(block.getBoolean(1)).isEqualTo(!stored);
      assertThat(block.getString(2)).isEqualTo(stored ? "data" : "backing");
      assertThat(block.getBoolean(3)).isEqualTo(stored);
    }
    Row image =
        reader("images")
            .load(file(name))
            .select("format", "parent_id", "virtual_size", "allocated_size", "error")
            .first();
    assertThat(image.getString(0)).isEqualTo("vpc");
    assertThat(image.getString(1)).isNotEmpty();
    assertThat(image.getLong(2)).isPositive();
    assertThat(image.isNullAt(3)).isFalse();
    assertThat(image.isNullAt(4)).isTrue();
  }

  /** The child of Windows holds nothing; qemu-img's hash is that of the parent. */
  @Test
  void aDifferencingDiskReadsThroughToTheParentItNames(@TempDir Path folder) throws IOException {
    String child = "win10-differencing-child-of-win8.vhd";
    Path copy = Files.copy(directory.resolve(child), folder.resolve(child));
    DataFrameReader follow = reader("extents").option("chain", "follow");
    assertThatThrownBy(() -> follow.load(copy.toString()).collectAsList())
        .hasStackTraceContaining("ReferenceMissingException")
        .hasStackTraceContaining(child);

    Files.copy(directory.resolve("win8-dynamic-40M.vhd"), folder.resolve("win8.vhd"));
    Row run = follow.load(copy.toString()).first();
    assertThat(run.<Long>getAs("length")).isEqualTo(41943040);
    assertThat(run.<Integer>getAs("depth")).isEqualTo(1);
    assertThat(run.<Boolean>getAs("zero")).isTrue();
    assertThat(
            reader("blocks")
                .option("chain", "follow")
                .option("unallocated", "zeros")
                .load(copy.toString())
                .selectExpr("sum(length)", "count_if(data IS NULL)")
                .first())
        .isEqualTo(RowFactory.create(41943040L, 0L));

    // A disk of that name that is not the parent.
    Files.copy(
        directory.resolve("win81-dynamic-1G.vhd"),
        folder.resolve("win8.vhd"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> follow.load(copy.toString()).collectAsList())
        .hasStackTraceContaining("ReferenceMissingException")
        .hasStackTraceContaining("adb71975-4b5b-0b40-b025-d06dab31b26f");
  }

  /** The child's locators say "win8.vhd"; neither of the two has any data. */
  @ParameterizedTest
  @ValueSource(strings = {"win8.vhd", "under-another-name.vhd"})
  void aDifferencingDiskIsReadOverItsParent(String parent, @TempDir Path folder)
      throws IOException {
    Files.copy(directory.resolve("win8-dynamic-40M.vhd"), folder.resolve(parent));
    Path child =
        Files.copy(
            directory.resolve("win10-differencing-child-of-win8.vhd"), folder.resolve("child.vhd"));
    Row run = reader("extents").option("chain", "follow").load(child.toString()).first();
    assertThat(run.<Long>getAs("length")).isEqualTo(41943040);
    assertThat(run.<Boolean>getAs("zero")).isTrue();
    assertThat(run.<Integer>getAs("depth")).isEqualTo(1);
    Row zeros =
        reader("blocks")
            .option("chain", "follow")
            .option("unallocated", "zeros")
            .load(child.toString())
            .selectExpr("sum(octet_length(data))", "count_if(sha2(data, 256) <> '" + ZEROS + "')")
            .first();
    assertThat(zeros.getLong(0)).isEqualTo(41943040);
    assertThat(zeros.getLong(1)).isZero();
  }

  /** What the locators name is a broken disk; the id leads on to the parent. */
  @Test
  void aBrokenDiskOfTheParentsNameIsPassedOver(@TempDir Path folder) throws IOException {
    byte[] broken = Files.readAllBytes(directory.resolve("win8-dynamic-40M.vhd"));
    int checksum = 64;
    broken[checksum]++;
    broken[broken.length - 512 + checksum]++;
    Files.write(folder.resolve("win8.vhd"), broken);
    Files.copy(directory.resolve("win8-dynamic-40M.vhd"), folder.resolve("copy.vhd"));
    Path child =
        Files.copy(
            directory.resolve("win10-differencing-child-of-win8.vhd"), folder.resolve("child.vhd"));
    assertThat(reader("extents").option("chain", "follow").load(child.toString()).count())
        .isEqualTo(1);
  }

  @Test
  void aDifferencingDiskWithoutItsParentIsNotRead() {
    String orphan = file("win10-differencing-fat-no-parent.vhd");
    assertThatThrownBy(
            () -> reader("blocks").option("chain", "follow").load(orphan).collectAsList())
        .hasStackTraceContaining("ReferenceMissingException")
        .hasStackTraceContaining("win10-differencing-fat-no-parent.vhd")
        .hasStackTraceContaining("chainRoots");
    Row row =
        reader("blocks")
            .option("chain", "follow")
            .option("mode", "PERMISSIVE")
            .load(orphan)
            .selectExpr("length", "_error.class")
            .first();
    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.getString(1)).isEqualTo("ReferenceMissingException");
  }

  @Test
  void vhdOfVirtualBoxHasItsCurrentSize() {
    Row image = reader("images").load(file("vbox-dynamic-40M.vhd")).select("virtual_size").first();
    assertThat(image.getLong(0)).isEqualTo(41943040);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dfvfs-image-bad-checksum.vhd", "dfvfs-image-differential-bad-checksum.vhd"})
  void wrongChecksumsAreRefused(String name) {
    Row error = reader("images").load(file(name)).select("error.class", "error.message").first();
    assertThat(error.getString(0)).isEqualTo("CorruptImageException");
    assertThat(error.getString(1)).contains("Incorrect header checksum");
    assertThatThrownBy(() -> reader("blocks").load(file(name)).collectAsList())
        .hasStackTraceContaining("Incorrect header checksum")
        .hasStackTraceContaining(name);
  }

  @Test
  void anotherFormatIsRefusedByNameOfTheOneAskedFor() {
    String name = "cdi-invalid-large-memory.vmdk-named-qcow.img";
    Row error =
        reader("images")
            .option("imageFormat", "qcow2")
            .load(file(name))
            .select("error.class", "error.message")
            .first();
    assertThat(error.getString(0)).isEqualTo("NotAnImageException");
    assertThat(error.getString(1)).contains("Image is not in qcow2 format");
  }

  private static DataFrameReader reader(String table) {
    return LocalSpark.session().read().format("diskimage").option("table", table);
  }

  private static String file(String name) {
    return directory.resolve(name).toString();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
