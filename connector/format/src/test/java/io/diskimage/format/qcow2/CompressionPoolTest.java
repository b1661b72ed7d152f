package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CompressionPoolTest {
  private static final int CLUSTER = 1 << 20;
  private static final int CLUSTERS = 40;

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final byte[] clusters = new byte[CLUSTERS * CLUSTER];

  CompressionPoolTest() {
    for (int i = 0; i < CLUSTERS; i++) {
      clusters[i * CLUSTER] = (byte) i;
    }
  }

  /** Its streams are the first byte of the cluster. */
  private final class FirstByte implements ClusterEncoder {
    @Override
    public int encode(byte[] cluster, int offset, int length, byte[] target) {
      begun.incrementAndGet();
      target[0] = cluster[offset];
      ended.incrementAndGet();
      return 1;
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  @Test
  void handsStreamsOutInOrder() throws IOException {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    List<Integer> taken = new ArrayList<>();
    try (CompressionPool pool = new CompressionPool(FirstByte::new, threads, CLUSTER)) {
      pool.compress(
          clusters,
          CLUSTER,
          (CLUSTERS - 1) * CLUSTER,
          (at, stream) -> {
            assertThat(stream.length()).isEqualTo(1);
            assertThat((int) stream.bytes()[0]).isEqualTo(at / CLUSTER + 1);
            taken.add(at / CLUSTER);
          });
    } finally {
      threads.shutdown();
    }
    assertThat(taken).hasSize(CLUSTERS - 1).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void compressesAheadOfTheTakerButNotAll() throws IOException {
    List<Integer> ahead = new ArrayList<>();
    try (CompressionPool pool = new CompressionPool(FirstByte::new, Runnable::run, CLUSTER)) {
      pool.compress(
          clusters, 0, clusters.length, (at, stream) -> ahead.add(begun.get() - at / CLUSTER));
    }
    assertThat(ahead.get(0)).isEqualTo(8);
    assertThat(ahead).allMatch(each -> each <= 8);
  }

  @Test
  void readsNothingAnyMoreWhenTheTakerFailed() {
    Deque<Runnable> waiting = new ArrayDeque<>();
    AtomicInteger left = new AtomicInteger();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (CompressionPool pool =
        new CompressionPool(
            FirstByte::new,
            task -> {
              left.incrementAndGet();
              waiting.add(task);
              if (waiting.size() == 8) {
                // The first at once, the others after the failure.
                waiting.remove().run();
              }
            },
            CLUSTER)) {
      assertThatThrownBy(
              () ->
                  pool.compress(
                      clusters,
                      0,
                      clusters.length,
                      (at, stream) -> {
                        waiting.forEach(threads::execute);
                        throw new IOException("disk full");
                      }))
          .hasMessage("disk full");
      assertThat(ended.get()).isEqualTo(left.get()).isEqualTo(8);
    } finally {
      threads.shutdown();
    }
  }
}
