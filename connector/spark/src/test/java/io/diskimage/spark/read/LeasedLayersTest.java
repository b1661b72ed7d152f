package io.diskimage.spark.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CorruptImageException;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.table.TableKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of a chain in the cache, and in the metrics of a scan. */
class LeasedLayersTest {
  private Path root;
  private Path top;
  private Path base;

  @BeforeEach
  void makeChain(@TempDir Path directory) throws IOException {
    Scans.assertNothingOpen();
    root = directory.toRealPath();
    base = Qcow2Head.overlay(root.resolve("base.qcow2"), "", "");
    Qcow2Head.overlay(root.resolve("middle.qcow2"), "base.qcow2", "qcow2");
    top = Qcow2Head.overlay(root.resolve("top.qcow2"), "middle.qcow2", "qcow2");
  }

  @AfterEach
  void nothingOpen() {
    Scans.assertNothingOpen();
  }

  private Scans follow() {
    return Scans.of(TableKind.EXTENTS, "offset", "length", "zero", "depth").follow("file:" + root);
  }

  private Scans read(int slices) throws IOException {
    Scans scan = follow();
    assertThat(scan.rowsBySlice(slices, top)).containsExactly(Arrays.asList(0L, 1L << 20, true, 2));
    return scan;
  }

  @Test
  void layersCountAsImages() throws IOException {
    Scans first = read(1);
    assertThat(first.metric(ScanMetric.IMAGES_OPENED)).isEqualTo(3);
    assertThat(first.metric(ScanMetric.CACHE_HITS)).isZero();
    Scans again = read(4);
    assertThat(again.metric(ScanMetric.IMAGES_OPENED)).isZero();
    assertThat(again.metric(ScanMetric.CACHE_HITS)).isEqualTo(12);
  }

  @Test
  void aLayerThatChangedIsOpenedAgainAndTheOthersAreNot() throws IOException {
    assertThat(read(1).metric(ScanMetric.IMAGES_OPENED)).isEqualTo(3);
    Files.setLastModifiedTime(base, FileTime.fromMillis(1_700_000_000_000L));
    Scans again = read(1);
    assertThat(again.metric(ScanMetric.IMAGES_OPENED)).isEqualTo(1);
    assertThat(again.metric(ScanMetric.CACHE_HITS)).isEqualTo(2);
  }

  @Test
  void aBrokenLayerIsTheFailureOfTheImageOverIt() throws IOException {
    byte[] bytes = Files.readAllBytes(base);
    // The L1 table begins inside a cluster (qcow2.md section 1.1).
    bytes[47] = 1;
    Files.write(base, bytes);
    assertThatThrownBy(() -> follow().rowsBySlice(1, top))
        .hasRootCauseInstanceOf(CorruptImageException.class)
        .hasMessageContaining("top.qcow2")
        .hasMessageContaining("base.qcow2");
    Scans scan = Scans.of(TableKind.EXTENTS, "path", "offset").follow("file:" + root);
    assertThat(scan.mode(ReadMode.PERMISSIVE).rowsBySlice(3, top))
        .containsExactly(Arrays.asList("file:" + top, null));
    assertThat(scan.metric(ScanMetric.IMAGES_FAILED)).isEqualTo(1);
    assertThat(
            Scans.of(TableKind.EXTENTS, "path")
                .follow("file:" + root)
                .mode(ReadMode.DROPMALFORMED)
                .rowsBySlice(1, top))
        .isEqualTo(List.of());
  }
}
