package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.oracle.write.MemoryTarget;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a look for metadata before each write costs, and what it finds. */
class OverlapGuardTest {
  private static final int CLUSTER = 65536;
  private static final long L1_BYTES = 8L << 20;

  /** By 8192 entries an L2 table. */
  private static final long SIZE = L1_BYTES / 8 * 8192 * CLUSTER;

  private final long seed = Long.getLong("diskimage.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void readsALargeL1TableOnceForAllWrites() throws IOException {
    System.out.println("overlaps: -Ddiskimage.seed=" + seed);
    MemoryTarget file = new MemoryTarget();
    new Qcow2Format().create(file, CreateOptions.ofSize(SIZE)).close();
    IoCounters io = new IoCounters();
    OpenOptions open =
        OpenOptions.of(Purpose.READ)
            .withLimits(Limits.DEFAULT.withTables(4096, 256 << 10))
            .withIo(io);
    try (WritableDiskImage image =
        new Qcow2Format().openForWriting(file, WriteOptions.DEFAULT.withOpen(open))) {
      for (int i = 0; i < 100; i++) {
        image.write(random.nextLong(SIZE / CLUSTER) * CLUSTER, new byte[CLUSTER], 0, CLUSTER);
        image.flush();
      }
    }
    assertThat(io.metadataBytes()).as("seed %d", seed).isBetween(L1_BYTES, L1_BYTES * 5 / 4);
  }

  @Test
  void meetsRangesThatOverlapEachOther() {
    FixedAreas areas = new FixedAreas();
    boolean[] covered = new boolean[1000];
    for (int i = 0; i < 40; i++) {
      int from = random.nextInt(900);
      int length = random.nextInt(30);
      areas.add(MetadataArea.INACTIVE_L1, from, length);
      for (int at = from; at < from + length; at++) {
        covered[at] = true;
      }
    }
    for (int from = 0; from < 990; from++) {
      boolean any = false;
      for (int to = from + 1; to <= from + 10; to++) {
        any |= covered[to - 1];
        assertThat(areas.meet(MetadataArea.INACTIVE_L1, from, to))
            .as("seed %d: %d to %d", seed, from, to)
            .isEqualTo(any);
        assertThat(areas.meet(MetadataArea.HEADER, from, to)).isFalse();
      }
    }
  }

  @Test
  void leavesOutRangesThatNoFileHas() {
    FixedAreas areas = new FixedAreas();
    areas.add(MetadataArea.INACTIVE_L1, -512, 1024);
    areas.add(MetadataArea.INACTIVE_L1, Long.MAX_VALUE - 511, 1024);
    assertThat(areas.meet(MetadataArea.INACTIVE_L1, 0, Long.MAX_VALUE)).isFalse();
  }
}
