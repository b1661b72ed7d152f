package io.diskimage.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.FaultyImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CachedTablesTest {
  private static final int PAGE = 4096;
  private static final int CACHED_PAGES = 8;
  private static final Limits LIMITS = Limits.DEFAULT.withTables(PAGE, CACHED_PAGES * PAGE);

  private final byte[] file = ImagePatch.content(1, 64 * PAGE + 100);
  private final CountingImageInput input =
      new CountingImageInput(new BytesImageInput("tables", file));
  private final CachedTables tables = new CachedTables(input, LIMITS);
  private final IoCounters io = new IoCounters();

  private byte[] page(int index) throws IOException {
    return tables.page((long) index * PAGE, PAGE, io);
  }

  private byte[] expected(int index) {
    return Arrays.copyOfRange(file, index * PAGE, (index + 1) * PAGE);
  }

  @Test
  void keepsAsManyPagesAsFit() throws IOException {
    for (int round = 0; round < 3; round++) {
      for (int index = 0; index < CACHED_PAGES; index++) {
        assertThat(page(index)).isEqualTo(expected(index));
      }
    }
    assertThat(input.reads()).isEqualTo(CACHED_PAGES);
    assertThat(io.metadataBytes()).isEqualTo(CACHED_PAGES * PAGE);
  }

  @Test
  void keepsNotOnePageMore() throws IOException {
    for (int round = 0; round < 3; round++) {
      for (int index = 0; index <= CACHED_PAGES; index++) {
        page(index);
      }
    }
    assertThat(input.reads()).isEqualTo(3 * (CACHED_PAGES + 1));
  }

  @Test
  void dropsThePageThatWasNotAskedForLongest() throws IOException {
    for (int index = 0; index < CACHED_PAGES; index++) {
      page(index);
    }
    page(0);
    page(CACHED_PAGES);
    long reads = input.reads();
    page(0);
    assertThat(input.reads()).isEqualTo(reads);
    page(1);
    assertThat(input.reads()).isEqualTo(reads + 1);
  }

  @Test
  void countsSmallPagesByTheirBytes() throws IOException {
    int small = 512;
    int fit = CACHED_PAGES * PAGE / small;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < fit; i++) {
        tables.page((long) i * small, small, io);
      }
    }
    assertThat(input.reads()).isEqualTo(fit);
    page(60);
    tables.page((long) (fit - 1) * small, small, io);
    assertThat(input.reads()).as("the last ones are still there").isEqualTo(fit + 1);
    tables.page(0, small, io);
    assertThat(input.reads()).as("the first ones made room").isEqualTo(fit + 2);
  }

  @Test
  void isZeroBehindTheEndOfTheFile() throws IOException {
    byte[] last = page(64);
    assertThat(Arrays.copyOf(last, 100))
        .isEqualTo(Arrays.copyOfRange(file, 64 * PAGE, file.length));
    assertThat(Arrays.copyOfRange(last, 100, PAGE)).containsOnly(0);
    assertThat(page(1000)).containsOnly(0);
    assertThat(io.metadataBytes()).isEqualTo(100);
  }

  @Test
  void aFailedReadIsNotKept() throws IOException {
    CachedTables unreliable =
        new CachedTables(new FaultyImageInput(new BytesImageInput("tables", file), 7, 0.5), LIMITS);
    int failures = 0;
    for (int i = 0; i < 200; i++) {
      int index = i % 20;
      try {
        assertThat(unreliable.page((long) index * PAGE, PAGE, io)).isEqualTo(expected(index));
      } catch (IOException injected) {
        assertThat(injected).hasMessageContaining("injected");
        failures++;
      }
    }
    assertThat(failures).isBetween(1, 199);
  }

  @Test
  void refusesAPageLargerThanTheLimit() {
    assertThatThrownBy(() -> tables.page(0, PAGE + 1, io))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void servesManyThreads() throws InterruptedException, ExecutionException, IOException {
    long seed = System.nanoTime();
    int threads = 4;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        Random random = new Random(seed + thread);
        running.add(
            executor.submit(
                () -> {
                  IoCounters own = new IoCounters();
                  for (int i = 0; i < 5000; i++) {
                    int index = random.nextInt(3 * CACHED_PAGES);
                    assertThat(tables.page((long) index * PAGE, PAGE, own))
                        .as("seed %d", seed)
                        .isEqualTo(expected(index));
                  }
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } finally {
      executor.shutdownNow();
    }
    // However the threads met, the cache still holds as many pages as fit and not one more.
    for (int index = 0; index <= CACHED_PAGES; index++) {
      page(40 + index);
    }
    long reads = input.reads();
    for (int index = 1; index <= CACHED_PAGES; index++) {
      page(40 + index);
    }
    assertThat(input.reads()).isEqualTo(reads);
    page(40);
    assertThat(input.reads()).isEqualTo(reads + 1);
  }
}
