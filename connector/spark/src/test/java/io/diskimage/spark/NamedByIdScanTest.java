package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.oracle.QemuImg;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parents that their children name by id alone: VDI, of which QEMU makes the layers. */
class NamedByIdScanTest {
  private static final int MEBIBYTE = 1 << 20;

  /** Fields of the header (vdi.md section 1.1). */
  private static final int IMAGE_TYPE = 0x4c;

  private static final int UUID_IMAGE = 0x188;
  private static final int UUID_LINK = 0x1a8;
  private static final int DIFFERENCING = 4;

  private Path machine;
  private Path base;
  private Path child;

  @BeforeEach
  void makePair(@TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    ImageCache.get().clear();
    machine = directory.toRealPath().resolve("machine");
    Files.createDirectories(machine.resolve("Snapshots"));
    base = machine.resolve("base.vdi");
    child = machine.resolve("Snapshots/child.vdi");
    QemuImg.create("vdi", "", base, "4M");
    QemuImg.io("vdi", base, List.of("write -P 1 0 1M", "write -P 2 1M 1M"));
    QemuImg.create("vdi", "", child, "4M");
    QemuImg.io("vdi", child, List.of("write -P 9 1M 1M"));
    adopt(child, base);
  }

  /** Makes one disk the child of another: its type, and both ids of the parent. */
  private static void adopt(Path child, Path parent) throws IOException {
    byte[] bytes = Files.readAllBytes(child);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(IMAGE_TYPE, DIFFERENCING);
    System.arraycopy(Files.readAllBytes(parent), UUID_IMAGE, bytes, UUID_LINK, 32);
    Files.write(child, bytes);
  }

  @AfterEach
  void nothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }

  private DataFrameReader follow(String table) {
    return LocalSpark.session()
        .read()
        .format("diskimage")
        .option("table", table)
        .option("chain", "follow")
        .option("chainRoots", machine.toString());
  }

  @Test
  void theParentIsFoundByItsId() {
    List<String> runs = new ArrayList<>();
    for (Row row :
        follow("extents")
            .load(child.toString())
            .selectExpr("`offset`", "length", "allocated", "depth", "host_file")
            .orderBy("offset")
            .collectAsList()) {
      runs.add(row.mkString(" "));
    }
    assertThat(runs)
        .containsExactly(
            "0 1048576 true 1 file:" + base,
            "1048576 1048576 true 0 file:" + child,
            "2097152 2097152 false 1 null");
    for (Row row :
        follow("blocks")
            .option("unallocated", "zeros")
            .load(child.toString())
            .selectExpr("`offset`", "data")
            .collectAsList()) {
      byte[] expected = new byte[MEBIBYTE];
      int block = (int) (row.getLong(0) / MEBIBYTE);
      Arrays.fill(expected, (byte) (block == 0 ? 1 : block == 1 ? 9 : 0));
      assertThat((byte[]) row.get(1)).as("block %d", block).isEqualTo(expected);
    }
  }

  @Test
  void underTopWhatTheParentHasIsMissing() {
    assertThat(
            follow("blocks")
                .option("chain", "top")
                .load(child.toString())
                .selectExpr("_kind")
                .collectAsList()
                .stream()
                .map(row -> row.getString(0)))
        .containsExactly("backing", "data", "backing", "backing");
  }

  @Test
  void aParentOutsideTheRootsIsMissing() {
    assertThatThrownBy(
            () ->
                follow("blocks")
                    .option("chainRoots", child.getParent().toString())
                    .load(child.toString())
                    .count())
        .hasStackTraceContaining("ReferenceMissingException")
        .hasStackTraceContaining("chainRoots");
  }

  @Test
  void linksAndHiddenFilesAreNoParents() throws IOException {
    Path elsewhere = Files.createDirectories(machine.resolveSibling("elsewhere"));
    Files.move(base, elsewhere.resolve("base.vdi"));
    Files.createSymbolicLink(machine.resolve("link"), elsewhere);
    Files.createSymbolicLink(machine.resolve("base.vdi"), elsewhere.resolve("base.vdi"));
    Files.copy(elsewhere.resolve("base.vdi"), machine.resolve(".base.vdi"));
    assertThatThrownBy(() -> follow("blocks").load(child.toString()).count())
        .hasStackTraceContaining("ReferenceMissingException");
  }

  @Test
  void twoParentsOfOneIdAreAmbiguous() throws IOException {
    Path copy = Files.copy(base, machine.resolve("copy.vdi"));
    assertThatThrownBy(() -> follow("extents").load(child.toString()).count())
        .hasStackTraceContaining("ReferenceDeniedException")
        .hasStackTraceContaining(base.toString())
        .hasStackTraceContaining(copy.toString());
    // Roots that overlap list a file twice, which is one parent.
    Files.delete(copy);
    assertThat(
            follow("extents")
                .option("chainRoots", "[\"" + machine + "\", \"" + machine.getParent() + "\"]")
                .load(child.toString())
                .count())
        .isEqualTo(3);
  }

  @Test
  void childrenOfEachOtherAreALoop() throws IOException {
    adopt(base, child);
    assertThatThrownBy(() -> follow("blocks").load(child.toString()).count())
        .hasStackTraceContaining("CorruptImageException")
        .hasStackTraceContaining("comes back");
  }

  @Test
  void filesThatAreNoImagesDoNotDisturbTheSearch() throws IOException {
    Files.writeString(machine.resolve("notes.txt"), "text");
    Files.write(machine.resolve("empty.vdi"), new byte[0]);
    Files.write(machine.resolve("cut.vdi"), Arrays.copyOf(Files.readAllBytes(base), 80));
    assertThat(follow("blocks").load(child.toString()).where("allocated").count()).isEqualTo(2);
  }
}
