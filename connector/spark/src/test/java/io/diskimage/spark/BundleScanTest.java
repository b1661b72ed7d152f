package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.oracle.QemuImg;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Parallels bundle of two parts with a snapshot, whose storage files QEMU makes. */
class BundleScanTest {
  private static final String ROOT = "{00000001-1111-2222-3333-444444444444}";
  private static final String TOP = "{00000002-1111-2222-3333-444444444444}";
  private static final String NO_PARENT = "{00000000-0000-0000-0000-000000000000}";

  private Path descriptor;

  @BeforeEach
  void makeBundle(@TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    ImageCache.get().clear();
    Path bundle = Files.createDirectories(directory.toRealPath().resolve("disk.hdd"));
    descriptor = bundle.resolve("DiskDescriptor.xml");
    StringBuilder storages = new StringBuilder();
    for (int part = 0; part < 2; part++) {
      for (String layer : List.of(ROOT, TOP)) {
        QemuImg.create("parallels", "cluster_size=64k", storage(part, layer), "128k");
      }
      QemuImg.io("parallels", storage(part, ROOT), List.of("write -P " + (part + 1) + " 0 128k"));
      storages.append(
          "<Storage><Start>%d</Start><End>%d</End><Blocksize>128</Blocksize>%s%s</Storage>"
              .formatted(256 * part, 256 * (part + 1), image(part, ROOT), image(part, TOP)));
    }
    QemuImg.io("parallels", storage(1, TOP), List.of("write -P 9 64k 64k"));
    Files.writeString(
        descriptor,
        "<?xml version='1.0' encoding='UTF-8'?><Parallels_disk_image Version=\"1.0\">"
            + "<Disk_Parameters><Disk_size>512</Disk_size></Disk_Parameters><StorageData>"
            + storages
            + "</StorageData><Snapshots>"
            + ("<TopGUID>" + TOP + "</TopGUID>")
            + (shot(ROOT, NO_PARENT) + shot(TOP, ROOT))
            + "</Snapshots></Parallels_disk_image>");
  }

  private Path storage(int part, String layer) {
    return descriptor.resolveSibling("disk.hdd." + part + "." + layer + ".hds");
  }

  private String image(int part, String layer) {
    return "<Image><GUID>%s</GUID><Type>Compressed</Type><File>%s</File></Image>"
        .formatted(layer, storage(part, layer).getFileName());
  }

  private static String shot(String layer, String parent) {
    return "<Shot><GUID>" + layer + "</GUID><ParentGUID>" + parent + "</ParentGUID></Shot>";
  }

  @AfterEach
  void nothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }

  private static DataFrameReader reader(String table) {
    return LocalSpark.session().read().format("diskimage").option("table", table);
  }

  private static DataFrameReader reader(String table, String chain) {
    return reader(table).option("chain", chain);
  }

  /** First bytes of the blocks, in their order. */
  private List<Byte> blocks(DataFrameReader reader) {
    return reader
        .load(descriptor.toString())
        .orderBy("offset")
        .select("data")
        .collectAsList()
        .stream()
        .map(
            row -> {
              byte[] data = (byte[]) row.get(0);
              assertThat(data).hasSize(64 << 10).containsOnly(data[0]);
              return data[0];
            })
        .toList();
  }

  @Test
  void theDiskIsReadAcrossItsPartsAndLayers() {
    assertThat(blocks(reader("blocks", "follow")))
        .containsExactly((byte) 1, (byte) 1, (byte) 2, (byte) 9);
    assertThat(
            reader("extents", "follow")
                .load(descriptor.toString())
                .selectExpr("`offset`", "length", "depth", "host_file")
                .orderBy("offset")
                .collectAsList()
                .stream()
                .map(row -> row.mkString(" ")))
        .containsExactly(
            "0 131072 1 file:" + storage(0, ROOT),
            "131072 65536 1 file:" + storage(1, ROOT),
            "196608 65536 0 file:" + storage(1, TOP));
  }

  @Test
  void aSnapshotIsFoundByItsGuid() {
    Row row =
        reader("snapshots")
            .load(descriptor.toString())
            .select("id", "name", "created", "virtual_size")
            .first();
    assertThat(row.mkString(" ")).isEqualTo(ROOT.substring(1, 37) + "  null 262144");
    for (String name : List.of(ROOT, row.getString(0))) {
      assertThat(blocks(reader("blocks", "follow").option("versionAsOf", name)))
          .containsExactly((byte) 1, (byte) 1, (byte) 2, (byte) 2);
    }
    assertThatThrownBy(
            () -> blocks(reader("blocks", "follow").option("timestampAsOf", "2030-01-01")))
        .as("the descriptor has no times")
        .hasStackTraceContaining("SnapshotNotFoundException");
  }

  @Test
  void underTopItIsDescribedOnly() {
    assertThatThrownBy(() -> blocks(reader("blocks", "top")))
        .hasStackTraceContaining("ReferenceDeniedException")
        .hasStackTraceContaining("chain=follow");
    Row row =
        reader("images")
            .load(descriptor.toString())
            .select("format", "virtual_size", "snapshot_count")
            .first();
    assertThat(row.mkString(" ")).isEqualTo("parallels-bundle 262144 1");
  }

  @Test
  void filesOutsideTheRootsAreNotOpened() {
    assertThatThrownBy(() -> blocks(reader("blocks", "follow").option("chainRoots", "[]")))
        .hasStackTraceContaining("ReferenceDeniedException")
        .hasStackTraceContaining("chainRoots");
  }
}
