package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Snapshots of version 2 that differ from the disk in size. QEMU resizes no such image that has
 * snapshots, nor applies them: they are made and judged in version 3, and then the header changes.
 */
class VersionTwoSnapshotsTest {
  private static final int VERSION_AT = 4;

  @TempDir private Path directory;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"512", "4k", "64k", "2M"})
  void haveTheirOwnSizeToo(String cluster) throws IOException {
    Path file = directory.resolve("disk.qcow2");
    QemuImg.create("qcow2", "cluster_size=" + cluster, file, "2M");
    List<String> sizes = List.of("2M", "5000192", "1000448");
    for (String size : sizes) {
      QemuImg.run("resize", "-q", "--shrink", "-f", "qcow2", file.toString(), size);
      // No zeros and no discards: version 2 has no entries for them.
      QemuImg.io("qcow2", file, List.of("write -q -P 7 0 70000", "write -q -P 9 900000 100000"));
      QemuImg.run("snapshot", "-c", "size " + size, file.toString());
    }
    QemuImg.run("resize", "-q", "-f", "qcow2", file.toString(), "3M");
    Map<String, OracleView> views = new LinkedHashMap<>();
    for (String size : sizes) {
      String snapshot = "size " + size;
      Path copy = directory.resolve(size);
      Files.copy(file, copy);
      views.put(snapshot, OracleView.ofSnapshot("qcow2", copy, snapshot));
    }
    makeVersionTwo(file);
    OpenOptions options = OpenOptions.of(Purpose.READ);
    try (DiskImage image =
        ImageFormats.byName("qcow2").orElseThrow().open(LocalImageInput.open(file), options)) {
      assertThat(image.info().formatVersion()).isEqualTo("2");
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::virtualSize)
          .containsExactly(2L << 20, 5_000_192L, 1_000_448L);
      for (Map.Entry<String, OracleView> each : views.entrySet()) {
        OracleAssertions.assertSame(
            image.at(each.getKey()), each.getValue(), each.getKey(), new Random(1));
      }
    }
  }

  /** The feature bits of version 3, all of them 0, are then the end of the header extensions. */
  private static void makeVersionTwo(Path file) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(VERSION_AT);
      access.writeInt(2);
    }
  }
}
