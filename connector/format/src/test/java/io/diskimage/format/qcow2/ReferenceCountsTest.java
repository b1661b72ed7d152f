package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ReferenceCountsTest {
  private static final int CHUNK = ReferenceCounts.CHUNK;

  @Test
  void addsToRangesAsToSingleClusters() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    long from = 3L * CHUNK;
    long end = from + 5L * CHUNK + 77;
    ReferenceCounts counts = new ReferenceCounts(from, end, Long.MAX_VALUE);
    long[] expected = new long[(int) (end - from)];
    for (int i = 0; i < 400; i++) {
      long first = from - 100 + random.nextInt(5 * CHUNK);
      long n = 1L + random.nextInt(random.nextInt(4) == 0 ? 2 * CHUNK : 40);
      long times = random.nextInt(10) == 0 ? random.nextInt(1 << 30) : 1L + random.nextInt(130);
      counts.add(first, n, times);
      for (long at = Math.max(first, from); at < Math.min(first + n, end); at++) {
        expected[(int) (at - from)] += times;
      }
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(counts.of(from + i)).as("cluster %d of seed %d", i, seed).isEqualTo(expected[i]);
    }
  }

  @Test
  void keepsWithinItsMemoryByLeavingTheUpperHalf() {
    ReferenceCounts counts = new ReferenceCounts(0, 8L * CHUNK, 3L * CHUNK);

    for (int chunk = 7; chunk >= 0; chunk--) {
      counts.add((long) chunk * CHUNK, CHUNK, 1);
    }

    assertThat(counts.end()).isEqualTo(2L * CHUNK);
    assertThat(counts.of(0)).isEqualTo(1);
    assertThat(counts.of(counts.end() - 1)).isEqualTo(1);
  }

  @Test
  void keepsOneChunkHoweverLittleMemoryThereIs() {
    ReferenceCounts counts = new ReferenceCounts(0, 8L * CHUNK, 1);

    counts.add(0, 8L * CHUNK, 1000);

    assertThat(counts.end()).isEqualTo(CHUNK);
    assertThat(counts.of(CHUNK - 1)).isEqualTo(1000);
  }
}
