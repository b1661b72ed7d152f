package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of {@code references} and {@code bitmaps}. */
class ReferenceReportTest {
  private static final String[] COLUMNS = {
    "path", "kind", "target", "target_format", "target_id", "resolved", "exists"
  };

  private Path root;

  @BeforeEach
  void makeRoot(@TempDir Path directory) throws IOException {
    Scans.assertNothingOpen();
    root = Files.createDirectories(directory.toRealPath().resolve("root"));
    Files.write(root.resolve("../secret"), new byte[512]);
    Files.write(root.resolve("base.raw"), new byte[512]);
    Files.createSymbolicLink(root.resolve("link.raw"), root.resolve("../secret"));
  }

  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private String uri(String name) {
    return "file:" + root.resolve(name).normalize();
  }

  private Scans references(String... columns) {
    return Scans.of(TableKind.REFERENCES, columns).chainRoots("file:" + root);
  }

  @Test
  void everyPointerIsARow() throws IOException {
    Path image = Qcow2Head.write(root.resolve("child.qcow2"), "base.raw", "/data/disk");
    Path alone = Qcow2Head.backed(root.resolve("alone.qcow2"), "");
    Path text = Files.writeString(root.resolve("notes.txt"), "no image");
    Scans scan = references(COLUMNS);

    assertThat(scan.rows(Scans.slices(1, image, alone, text)))
        .containsExactly(
            Arrays.asList(
                uri("child.qcow2"), "backing file", "base.raw", null, null, uri("base.raw"), true),
            Arrays.asList(
                uri("child.qcow2"),
                "data file",
                "/data/disk",
                null,
                null,
                "file:/data/disk",
                null));
    assertThat(scan.metric(ScanMetric.IMAGES_FAILED)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "NULL",
      value = {
        "base.raw | base.raw | true | NULL",
        "./sub/../base.raw | base.raw | false | parent directory, missing",
        "none.raw | none.raw | false | missing",
        "../root/base.raw | base.raw | true | parent directory",
        "../secret | ../secret | NULL | parent directory, outside roots",
        "../none | ../none | NULL | parent directory, outside roots",
        "link.raw | link.raw | NULL | outside roots",
        "child.qcow2 | child.qcow2 | true | self",
        "./x/../child.qcow2 | child.qcow2 | false | parent directory, self, missing",
        "json:{\"driver\":\"nbd\"} | NULL | NULL | protocol",
        "nbd://host/disk | NULL | NULL | protocol",
        "http://host/disk | NULL | NULL | protocol",
        "/dev/sda | /dev/sda | NULL | absolute path, outside roots",
        "/dev/../etc/passwd | /etc/passwd | NULL | absolute path, parent directory, outside roots",
        "C:\\disks\\base.raw | base.raw | true | absolute path"
      })
  void risksAreNamed(String target, String resolved, Boolean exists, String risks)
      throws IOException {
    Path image = Qcow2Head.backed(root.resolve("child.qcow2"), target);
    try (TableReader reader =
        references("resolved", "exists", "risks").reader(Scans.slices(1, image))) {
      assertThat(reader.next()).isTrue();
      InternalRow row = reader.get().getRow(0);
      assertThat(row.isNullAt(0) ? null : row.getUTF8String(0).toString())
          .isEqualTo(resolved == null ? null : uri(resolved));
      assertThat(row.isNullAt(1) ? null : (Boolean) row.getBoolean(1)).isEqualTo(exists);
      assertThat(String.join(", ", strings(row.getArray(2)))).isEqualTo(risks == null ? "" : risks);
      assertThat(reader.next()).isFalse();
    }
  }

  private static List<String> strings(ArrayData array) {
    List<String> strings = new ArrayList<>();
    for (int i = 0; i < array.numElements(); i++) {
      strings.add(array.getUTF8String(i).toString());
    }
    return strings;
  }

  @Test
  void anAbsolutePathInsideTheRootsIsLookedAt() throws IOException {
    Path image = Qcow2Head.backed(root.resolve("child.qcow2"), root + "/base.raw");
    assertThat(references("exists").rows(Scans.slices(1, image))).containsExactly(List.of(true));
    assertThat(
            Scans.of(TableKind.REFERENCES, "exists")
                .chainRoots("file:" + root.getParent(), "hdfs://x/")
                .rows(Scans.slices(1, Qcow2Head.backed(root.resolve("b.qcow2"), "../secret"))))
        .containsExactly(List.of(true));
  }

  @Test
  void filesThatNameEachOtherAreEachARow() throws IOException {
    Path a = Qcow2Head.backed(root.resolve("a.qcow2"), "b.qcow2");
    Path b = Qcow2Head.backed(root.resolve("b.qcow2"), "a.qcow2");
    assertThat(references("path", "resolved", "exists").rows(Scans.slices(1, a, b)))
        .containsExactly(
            List.of(uri("a.qcow2"), uri("b.qcow2"), true),
            List.of(uri("b.qcow2"), uri("a.qcow2"), true));
  }

  @Test
  void kindsAreFilteredBeforeAnythingIsLookedAt() throws IOException {
    Path image = Qcow2Head.write(root.resolve("child.qcow2"), "base.raw", "none.raw");
    int kind = TableSchemas.ordinal(TableKind.REFERENCES, "kind");
    Scans scan =
        references("kind", "exists")
            .filter(
                new TestFilter(
                    row -> !row.isNull(kind) && row.getString(kind).toString().startsWith("data"),
                    Set.of(kind)));
    assertThat(scan.rows(Scans.slices(1, image))).containsExactly(List.of("data file", false));
  }

  @Test
  void theChildMadeByWindowsNamesItsParentByNameAndId() throws IOException {
    Path stored = Path.of("../format/src/test/resources/real-images");
    Path child = root.resolve("child.vhd");
    Files.copy(stored.resolve("vhd/win10-differencing-child-of-win8.vhd"), child);
    Files.copy(stored.resolve("vhd/win8-dynamic-40M.vhd"), root.resolve("win8.vhd"));
    String id = "adb71975-4b5b-0b40-b025-d06dab31b26f";

    assertThat(
            references("kind", "target_format", "target_id", "resolved", "exists")
                .rows(Scans.slices(1, child)))
        .containsExactly(
            List.of("parent locator W2ku", "vpc", id, uri("win8.vhd"), true),
            List.of("parent locator W2ru", "vpc", id, uri("win8.vhd"), true),
            List.of("parent name", "vpc", id, uri("win8.vhd"), true));
  }

  @Test
  void aBundleNamesItsStorageFiles() throws IOException {
    Path bundle = Files.createDirectories(root.resolve("hfsplus.hdd"));
    Path descriptor = bundle.resolve("DiskDescriptor.xml");
    Files.copy(
        Path.of("../format/src/test/resources/real-images/parallels/DiskDescriptor.xml"),
        descriptor);
    String guid = "5fbaabe3-6958-40ff-92a7-860e329aab41";
    String storage = "hfsplus.hdd/hfsplus.hdd.0.{" + guid + "}.hds";

    assertThat(
            references("kind", "target_format", "target_id", "resolved", "exists")
                .rows(Scans.slices(1, descriptor)))
        .containsExactly(List.of("storage image", "parallels", guid, uri(storage), false));
  }

  @Test
  void bitmapsAreListedByTheirDirectory() throws IOException {
    Path image = Qcow2Head.withBitmap(root.resolve("a.qcow2"), "nightly");
    Path alone = Qcow2Head.backed(root.resolve("alone.qcow2"), "");
    Path text = Files.writeString(root.resolve("notes.txt"), "no image");

    assertThat(
            Scans.of(
                    TableKind.BITMAPS,
                    "path",
                    "name",
                    "granularity",
                    "enabled",
                    "in_use",
                    "dirty_bytes")
                .rows(Scans.slices(1, image, alone, text)))
        .containsExactly(Arrays.asList(uri("a.qcow2"), "nightly", 65536L, true, true, null));
  }
}
