package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BitmapNotFoundException;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.QemuImg.DirtyRun;
import io.diskimage.spark.LocalSpark;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bits of persistent bitmaps in {@code bitmaps} and {@code extents}. */
class BitmapScanTest {
  private static final String[] COLUMNS = {
    "offset",
    "length",
    "allocated",
    "zero",
    "present",
    "compressed",
    "depth",
    "host_offset",
    "host_file"
  };

  private Path image;

  @BeforeEach
  void makeImage(@TempDir Path directory) throws IOException {
    QemuImg.requireOrSkip();
    image = directory.toRealPath().resolve("a.qcow2");
    QemuImg.create("qcow2", "cluster_size=512", image, "20000256");
    QemuImg.run("bitmap", "--add", "-g", "512", image.toString(), "fine");
    QemuImg.run("bitmap", "--add", "-g", "64k", image.toString(), "coarse");
    QemuImg.io(
        "qcow2",
        image,
        List.of(
            "write -P 1 0 512",
            "write -P 2 1024 100000",
            "write -P 3 5000192 3000320",
            "discard 9000448 1024",
            "write -P 4 19999744 512"));
    QemuImg.run("bitmap", "--add", "-g", "4k", image.toString(), "empty");
  }

  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private List<List<Object>> expected(String bitmap) {
    List<List<Object>> rows = new ArrayList<>();
    for (DirtyRun run : QemuImg.dirtyRuns("qcow2", image, bitmap)) {
      rows.add(
          Arrays.asList(
              run.start(), run.length(), run.dirty(), null, null, null, null, null, null));
    }
    return rows;
  }

  @Test
  void extentsOfABitmapAreItsMaximalRunsHoweverTheDiskIsCut() throws IOException {
    for (String bitmap : List.of("fine", "coarse", "empty")) {
      List<List<Object>> expected = expected(bitmap);
      assertThat(expected).hasSizeGreaterThanOrEqualTo(bitmap.equals("empty") ? 1 : 7);
      for (int slices : new int[] {1, 2, 3, 7, 40}) {
        Scans scan = Scans.of(TableKind.EXTENTS, COLUMNS).bitmap(bitmap);
        assertThat(scan.rowsBySlice(slices, image))
            .as("bitmap '%s' in %d slices", bitmap, slices)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void dirtyBytesAreThoseOfTheRuns() throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    for (String bitmap : List.of("fine", "coarse", "empty")) {
      long dirty =
          QemuImg.dirtyRuns("qcow2", image, bitmap).stream()
              .filter(DirtyRun::dirty)
              .mapToLong(DirtyRun::length)
              .sum();
      rows.add(List.of(bitmap, dirty));
    }
    assertThat(Scans.of(TableKind.BITMAPS, "name", "dirty_bytes").rows(Scans.slices(1, image)))
        .isEqualTo(rows);
  }

  @Test
  void aBrokenBitmapLeavesTheOthersAlone() throws IOException {
    breakTableOfFirstBitmap();
    assertThat(Scans.of(TableKind.BITMAPS, "name", "dirty_bytes").rows(Scans.slices(1, image)))
        .satisfiesExactly(
            fine -> assertThat(fine).containsExactly("fine", null),
            coarse -> assertThat(coarse.get(1)).isNotNull(),
            empty -> assertThat(empty).containsExactly("empty", 0L));
    Scans permissive =
        Scans.of(TableKind.EXTENTS, "offset", "length", "allocated")
            .bitmap("fine")
            .mode(ReadMode.PERMISSIVE);
    List<List<Object>> rows = permissive.rows(Scans.slices(1, image));
    assertThat(rows.get(0)).containsExactly(0L, 2L << 20, null);
    assertThat(rows).hasSizeGreaterThan(2);
  }

  /** The first entry of the first table gets a reserved bit (qcow2.md section 1.8). */
  private void breakTableOfFirstBitmap() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      long at = 112;
      file.seek(at);
      while (file.readInt() != 0x23852875) {
        at += 8 + (file.readInt() + 7) / 8 * 8;
        file.seek(at);
      }
      file.seek(at + 8 + 16);
      file.seek(file.readLong());
      long table = file.readLong();
      file.seek(table);
      long entry = file.readLong();
      file.seek(table);
      file.writeLong(entry | 2);
    }
  }

  @Test
  void aBitmapThatIsNotThereFailsItsImage() {
    Scans scan = Scans.of(TableKind.EXTENTS, COLUMNS).bitmap("none");
    assertThatThrownBy(() -> scan.rows(Scans.slices(1, image)))
        .isInstanceOf(BitmapNotFoundException.class)
        .hasMessageContaining("there is no bitmap of name 'none'");
  }

  @Test
  void sqlCountsWhatABitmapMarks() {
    Row row =
        LocalSpark.session()
            .read()
            .format("diskimage")
            .option("table", "extents")
            .option("bitmap", "fine")
            .load(image.toString())
            .where("allocated")
            .selectExpr("sum(length)", "count(host_file)")
            .first();
    long dirty =
        expected("fine").stream()
            .filter(each -> Boolean.TRUE.equals(each.get(2)))
            .mapToLong(each -> (Long) each.get(1))
            .sum();
    assertThat(row.getLong(0)).isEqualTo(dirty);
    assertThat(row.getLong(1)).isZero();
  }
}
