package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.Extent;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Purpose;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Entries that cannot be followed (qcow2.md section 3.2): runs with a failure, and what follows.
 */
class CorruptMappingTest {
  private static final int CLUSTER = 4096;
  private static final long COVERAGE = 512L * CLUSTER;

  @TempDir private Path directory;

  /** Three L2 tables, with one cluster stored in each. */
  private static Qcow2Bytes image(int version) {
    long size = 3 * COVERAGE;
    Qcow2Bytes image = version == 2 ? Qcow2Bytes.v2(12, size) : Qcow2Bytes.v3(12, size);
    for (int i = 0; i < 3; i++) {
      image.store(512 * i + 5, ImagePatch.content(i, CLUSTER));
    }
    return image;
  }

  private static List<Extent> runs(DiskImage image, List<ImageException> failures)
      throws IOException {
    List<Extent> runs = new ArrayList<>();
    ExtentCursor cursor = image.extents(0, image.virtualSize(), new IoCounters());
    long expected = 0;
    while (cursor.next()) {
      assertThat(cursor.offset()).isEqualTo(expected);
      assertThat(cursor.length()).isPositive();
      expected += cursor.length();
      runs.add(Extent.of(cursor));
      if (cursor.failure() != null) {
        assertThat(cursor.kind()).isNull();
        assertThat(cursor.depth()).isEqualTo(-1);
        failures.add((ImageException) cursor.failure());
      }
    }
    assertThat(expected).isEqualTo(image.virtualSize());
    return runs;
  }

  private void assertOneFailure(
      Qcow2Bytes bytes, long from, long length, String text, long hostOffset) throws IOException {
    List<ImageException> failures = new ArrayList<>();
    try (DiskImage image = bytes.open(Purpose.READ)) {
      List<Extent> runs = runs(image, failures);
      assertThat(runs)
          .filteredOn(run -> run.kind() == null)
          .containsExactly(new Extent(from, length, null, 0, -1, -1));
      // The cluster stored by the last table is found behind the failure.
      assertThat(runs).anyMatch(run -> run.offset() == 2 * COVERAGE + 5 * CLUSTER && stored(run));
      assertThat(image.allocation(new IoCounters()).failure()).hasMessageContaining(text);
    }
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(CorruptImageException.class);
    assertThat(failures.get(0).detail()).isEqualTo(text);
    assertThat(failures.get(0).hostOffset()).isEqualTo(hostOffset);
    assertThat(failures.get(0).location()).isEqualTo(Qcow2Bytes.NAME);
    assertQemuSays(bytes, text);
  }

  private static boolean stored(Extent run) {
    return run.kind() == ExtentKind.DATA;
  }

  private void assertQemuSays(Qcow2Bytes bytes, String text) throws IOException {
    QemuImg.requireOrSkip();
    Path file = directory.resolve(Qcow2Bytes.NAME);
    Files.write(file, bytes.file());
    QemuImg.Outcome outcome = QemuImg.outcome("map", "-f", "qcow2", file.toString());
    assertThat(outcome.output()).contains("Image is corrupt: " + text + ";");
  }

  @Test
  void unalignedL2Table() throws IOException {
    Qcow2Bytes bytes = image(3);
    bytes.patch().u64(bytes.l1At(1), Qcow2Bytes.COPIED | 0x5200);
    assertOneFailure(
        bytes,
        COVERAGE,
        COVERAGE,
        "L2 table offset 0x5200 unaligned (L1 index: 0x1)",
        bytes.l1At(1));
  }

  @Test
  void unalignedCluster() throws IOException {
    Qcow2Bytes bytes = image(3);
    bytes.map(512 + 7, Qcow2Bytes.COPIED | 0x7200);
    assertOneFailure(
        bytes,
        COVERAGE + 7 * CLUSTER,
        CLUSTER,
        "Cluster allocation offset 0x7200 unaligned (L2 offset: 0x5000, L2 index: 0x7)",
        bytes.l2At(512 + 7));
  }

  @Test
  void unalignedPreallocatedZeroCluster() throws IOException {
    Qcow2Bytes bytes = image(3);
    bytes.map(0, 0x7200 | Qcow2Bytes.ZERO);
    assertOneFailure(
        bytes,
        0,
        CLUSTER,
        "Cluster allocation offset 0x7200 unaligned (L2 offset: 0x4000, L2 index: 0)",
        bytes.l2At(0));
  }

  @Test
  void zeroFlagInVersion2() throws IOException {
    Qcow2Bytes bytes = image(2);
    bytes.map(511, Qcow2Bytes.ZERO);
    assertOneFailure(
        bytes,
        511 * CLUSTER,
        CLUSTER,
        "Zero cluster entry found in pre-v3 image (L2 offset: 0x4000, L2 index: 0x1ff)",
        bytes.l2At(511));
  }

  @Test
  void everyWrongEntryFailsByItself() throws IOException {
    Qcow2Bytes bytes = image(3);
    for (int i = 0; i < 512; i++) {
      bytes.map(i, i % 2 == 0 ? 0x7200 : 0x7000);
    }
    List<ImageException> failures = new ArrayList<>();
    try (DiskImage image = bytes.open(Purpose.READ)) {
      List<Extent> runs = runs(image, failures);
      assertThat(runs.stream().filter(CorruptMappingTest::stored)).hasSize(256 + 2);
    }
    assertThat(failures).hasSize(256);
  }

  @Test
  void reservedBitsChangeNothing() throws IOException {
    Qcow2Bytes plain = image(3);
    Qcow2Bytes bytes = image(3);
    long reserved = 0x3f000000000001feL;
    for (int i = 0; i < 3; i++) {
      long l1 = Bytes.u64be(bytes.file(), bytes.l1At(i));
      bytes.patch().u64(bytes.l1At(i), l1 | 0x7f000000000001ffL);
      long entry = Bytes.u64be(bytes.file(), bytes.l2At(512 * i + 5));
      bytes.map(512 * i + 5, entry | reserved);
    }
    try (DiskImage expected = plain.open(Purpose.READ);
        DiskImage image = bytes.open(Purpose.READ)) {
      List<ImageException> failures = new ArrayList<>();
      assertThat(runs(image, failures)).isEqualTo(runs(expected, failures));
      assertThat(failures).isEmpty();
    }
  }

  @Test
  void runsEndAtTheHighestHostOffset() throws IOException {
    Qcow2Bytes bytes = image(3);
    long highest = 0x00ff_ffff_ffff_f000L;
    // The sum of the first entry and the step is the second one, whose offset is 0 nevertheless.
    bytes.map(0, highest).map(1, highest + CLUSTER);
    try (DiskImage image = bytes.open(Purpose.READ)) {
      List<Extent> runs = runs(image, new ArrayList<>());
      assertThat(runs.get(0).length()).isEqualTo(CLUSTER);
      assertThat(runs.get(0).hostOffset()).isEqualTo(highest);
      assertThat(runs.get(1).kind()).isEqualTo(ExtentKind.UNALLOCATED);
    }
  }

  @Test
  void l2TableBehindTheEndOfTheFile() throws IOException {
    for (long offset : new long[] {1L << 40, 0x00ff_ffff_ffff_f000L}) {
      Qcow2Bytes bytes = image(3);
      bytes.patch().u64(bytes.l1At(0), Qcow2Bytes.COPIED | offset);
      List<ImageException> failures = new ArrayList<>();
      try (DiskImage image = bytes.open(Purpose.READ)) {
        assertThat(runs(image, failures).get(0))
            .isEqualTo(new Extent(0, COVERAGE, null, 0, -1, -1));
      }
      assertThat(failures).hasSize(1);
      assertThat(failures.get(0))
          .isInstanceOf(TruncatedImageException.class)
          .hasMessageContaining("L2 table lies behind the end of the file");
      assertThat(failures.get(0).hostOffset()).isEqualTo(offset);
    }
  }
}
