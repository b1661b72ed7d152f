package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Entries of 16 bytes with their subclusters (qcow2.md section 1.4). */
class ExtendedL2Test {
  private static final int CLUSTER = 16384;
  private static final int SUBCLUSTER = CLUSTER / 32;
  private static final int CLUSTERS = 1000;
  private static final long ALL_ALLOCATED = 0xffff_ffffL;

  private record Run(long offset, long length, ExtentKind kind, long hostOffset) {}

  private final Qcow2Bytes bytes = Qcow2Bytes.v3(14, (long) CLUSTERS * CLUSTER);

  ExtendedL2Test() {
    bytes.patch().u64(72, Qcow2Header.INCOMPATIBLE_EXTENDED_L2);
  }

  private void map(int cluster, long entry, long bitmap) {
    bytes.map(2 * cluster, entry).map(2 * cluster + 1, bitmap);
  }

  private static long zeroBits(long subclusters) {
    return subclusters << 32;
  }

  private List<Run> runs(int clusters) throws IOException {
    List<Run> runs = new ArrayList<>();
    ExtentCursor cursor =
        bytes.open(Purpose.READ).extents(0, (long) clusters * CLUSTER, new IoCounters());
    while (cursor.next()) {
      runs.add(new Run(cursor.offset(), cursor.length(), cursor.kind(), cursor.hostOffset()));
    }
    return runs;
  }

  @Test
  void takesEachSubclusterForItself() throws IOException {
    byte[] content = ImagePatch.content(1, CLUSTER);
    int host = bytes.append(content);
    map(0, Qcow2Bytes.COPIED | host, 0b0000_0110 | zeroBits(0b0001_1000));
    map(1, 0, zeroBits(1L << 31));
    assertThat(runs(2))
        .containsExactly(
            new Run(0, SUBCLUSTER, ExtentKind.UNALLOCATED, host),
            new Run(SUBCLUSTER, 2 * SUBCLUSTER, ExtentKind.DATA, host + SUBCLUSTER),
            new Run(3 * SUBCLUSTER, 2 * SUBCLUSTER, ExtentKind.ZERO, host + 3 * SUBCLUSTER),
            new Run(5 * SUBCLUSTER, 27 * SUBCLUSTER, ExtentKind.UNALLOCATED, host + 5 * SUBCLUSTER),
            new Run(CLUSTER, 31 * SUBCLUSTER, ExtentKind.UNALLOCATED, -1),
            new Run(CLUSTER + 31 * SUBCLUSTER, SUBCLUSTER, ExtentKind.ZERO, -1));

    byte[] expected = new byte[CLUSTER];
    System.arraycopy(content, SUBCLUSTER, expected, SUBCLUSTER, 2 * SUBCLUSTER);
    byte[] read = new byte[CLUSTER];
    try (DiskImage image = bytes.open(Purpose.READ);
        ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(0, read, 0, CLUSTER);
    }
    assertThat(read).isEqualTo(expected);
  }

  @Test
  void stepsOverUniformClustersAtOnce() throws IOException {
    long host = bytes.append(new byte[CLUSTER]);
    for (int i = 0; i < CLUSTERS; i++) {
      boolean last = i == CLUSTERS - 1;
      map(i, host + (long) i * CLUSTER, last ? ALL_ALLOCATED >>> 1 : ALL_ALLOCATED);
    }
    map(0, host, ALL_ALLOCATED & -2);
    long length = (long) CLUSTERS * CLUSTER;
    assertThat(runs(CLUSTERS))
        .containsExactly(
            new Run(0, SUBCLUSTER, ExtentKind.UNALLOCATED, host),
            new Run(SUBCLUSTER, length - CLUSTER - SUBCLUSTER, ExtentKind.DATA, host + SUBCLUSTER),
            new Run(
                length - CLUSTER, CLUSTER - SUBCLUSTER, ExtentKind.DATA, host + length - CLUSTER),
            new Run(
                length - SUBCLUSTER,
                SUBCLUSTER,
                ExtentKind.UNALLOCATED,
                host + length - SUBCLUSTER));
  }

  @Test
  void keepsClustersApartThatDoNotFollowEachOther() throws IOException {
    long host = bytes.append(new byte[3 * CLUSTER]);
    map(0, host, ALL_ALLOCATED);
    map(1, host + 2 * CLUSTER, ALL_ALLOCATED);
    map(2, host + CLUSTER, zeroBits(ALL_ALLOCATED));
    map(3, 0, zeroBits(ALL_ALLOCATED));
    map(4, 0, zeroBits(ALL_ALLOCATED));
    assertThat(runs(6))
        .containsExactly(
            new Run(0, CLUSTER, ExtentKind.DATA, host),
            new Run(CLUSTER, CLUSTER, ExtentKind.DATA, host + 2 * CLUSTER),
            new Run(2 * CLUSTER, CLUSTER, ExtentKind.ZERO, host + CLUSTER),
            new Run(3 * CLUSTER, 2 * CLUSTER, ExtentKind.ZERO, -1),
            new Run(5 * CLUSTER, CLUSTER, ExtentKind.UNALLOCATED, -1));
  }

  @Test
  void anInvalidEntrySpoilsItsClusterAlone() throws IOException {
    long host = bytes.append(new byte[CLUSTER]);
    map(0, host, 0b10 | zeroBits(0b10));
    map(1, 0, 0b100);
    map(2, host + 512, ALL_ALLOCATED);
    map(3, host, ALL_ALLOCATED);
    List<String> failures = new ArrayList<>();
    ExtentCursor cursor = bytes.open(Purpose.READ).extents(512, 4 * CLUSTER, new IoCounters());
    while (cursor.next()) {
      if (cursor.failure() != null) {
        assertThat(cursor.failure()).isInstanceOf(CorruptImageException.class);
        failures.add(((CorruptImageException) cursor.failure()).detail());
      } else {
        assertThat(cursor.offset()).isEqualTo(3 * CLUSTER);
        assertThat(cursor.kind()).isEqualTo(ExtentKind.DATA);
      }
    }
    String table = "0x" + Integer.toHexString(bytes.l2At(0));
    assertThat(failures)
        .containsExactly(
            "Invalid cluster entry found  (L2 offset: " + table + ", L2 index: 0)",
            "Invalid cluster entry found  (L2 offset: " + table + ", L2 index: 0x1)",
            "Cluster allocation offset 0x"
                + Long.toHexString(host + 512)
                + " unaligned (L2 offset: "
                + table
                + ", L2 index: 0x2)");
  }

  @Test
  void readsCompressedClustersAmongThem() throws IOException {
    byte[] content = new byte[CLUSTER];
    Arrays.fill(content, 100, 9000, (byte) 5);
    byte[] stream = Qcow2Bytes.deflate(content);
    long at = bytes.append(stream);
    map(1, bytes.descriptor(at, stream.length), 0);
    byte[] read = new byte[CLUSTER];
    try (DiskImage image = bytes.open(Purpose.READ);
        ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(CLUSTER, read, 0, CLUSTER);
    }
    assertThat(read).isEqualTo(content);
  }
}
