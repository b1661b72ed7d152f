package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which clusters are tables, against the entries that say so. */
class TableClustersTest {
  private static final int CLUSTER_BITS = 9;
  private static final long CLUSTER = 1L << CLUSTER_BITS;

  private final long seed = Long.getLong("diskimage.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Long> entries = new ArrayList<>();
  private int looks;

  private final TableClusters clusters =
      new TableClusters(
          CLUSTER_BITS,
          tables -> {
            looks++;
            entries.forEach(tables::accept);
          });

  private void name(long table) {
    entries.add(table);
    clusters.add(table);
  }

  private boolean named(long from, long to) {
    return entries.stream().anyMatch(table -> table < to && from < table + CLUSTER);
  }

  @Test
  void knowsThoseThatEntriesName() throws IOException {
    System.out.println("table clusters: -Ddiskimage.seed=" + seed);
    entries.add(77 * CLUSTER);
    entries.add(77 * CLUSTER);
    // Of a damaged image.
    entries.add(990 * CLUSTER + 8);
    for (int i = 0; i < 3000; i++) {
      name(random.nextInt(100_000) * CLUSTER);
    }
    for (int i = 0; i < 8000; i++) {
      switch (random.nextInt(4)) {
        case 0 -> name(random.nextInt(100_000) * CLUSTER);
        case 1 -> entries.remove(random.nextInt(entries.size()));
        default -> {
          long from = random.nextInt(100_000) * CLUSTER;
          long to = from + (1 + random.nextInt(5)) * CLUSTER;
          assertThat(clusters.meet(from, to)).as("seed %d", seed).isEqualTo(named(from, to));
        }
      }
    }
    assertThat(clusters.meet(77 * CLUSTER, 78 * CLUSTER))
        .isEqualTo(named(77 * CLUSTER, 78 * CLUSTER));
  }

  @Test
  void knowsBothClustersThatAnUnalignedTableReachesInto() throws IOException {
    entries.add(990 * CLUSTER + 8);
    assertThat(clusters.meet(990 * CLUSTER, 991 * CLUSTER)).isTrue();
    assertThat(clusters.meet(991 * CLUSTER, 992 * CLUSTER)).isTrue();
    assertThat(clusters.meet(989 * CLUSTER, 990 * CLUSTER)).isFalse();
    assertThat(clusters.meet(992 * CLUSTER, 993 * CLUSTER)).isFalse();
  }

  @Test
  void looksAtTheEntriesOnceForAllClustersThatAreNoTables() throws IOException {
    for (long even = 0; even < 20_000; even += 2) {
      name(even * CLUSTER);
      assertThat(clusters.meet((even + 1) * CLUSTER, (even + 2) * CLUSTER)).isFalse();
    }
    assertThat(looks).isEqualTo(1);
  }

  @Test
  void looksAtTheEntriesOnceMoreForAllThatAreTablesNoMore() throws IOException {
    for (int i = 0; i < 1000; i++) {
      entries.add(i * CLUSTER);
    }
    assertThat(clusters.meet(1000 * CLUSTER, 1001 * CLUSTER)).isFalse();
    entries.clear();
    for (int i = 0; i < 1000; i++) {
      assertThat(clusters.meet(i * CLUSTER, (i + 1) * CLUSTER)).isFalse();
    }
    assertThat(looks).isEqualTo(2);
  }
}
