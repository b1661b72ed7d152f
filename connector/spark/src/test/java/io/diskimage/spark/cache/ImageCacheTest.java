package io.diskimage.spark.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.Purpose;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ImageCacheTest {
  private final AtomicLong now = new AtomicLong();
  private final IoCounters io = new IoCounters();

  /** An image that can only be closed, which changes a count of open images. */
  private static DiskImage image(AtomicInteger open) {
    open.incrementAndGet();
    return (DiskImage)
        Proxy.newProxyInstance(
            DiskImage.class.getClassLoader(),
            new Class<?>[] {DiskImage.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("close")) {
                throw new UnsupportedOperationException(method.getName());
              }
              open.decrementAndGet();
              return null;
            });
  }

  private static DiskImage image() {
    return image(new AtomicInteger());
  }

  private ImageCache cache(int images, long bytes) {
    return new ImageCache(new CacheLimits(images, bytes, Duration.ofSeconds(60)), now::get);
  }

  private static ImageKey key(String path) {
    return key(path, 1);
  }

  private static ImageKey key(String path, long modified) {
    return key(new ImageFile(path, 10, modified));
  }

  private static ImageKey key(ImageFile file) {
    return new ImageKey(
        file, "raw", Limits.DEFAULT, Map.of(), Purpose.READ, null, List.of(), "user");
  }

  @Test
  void anImageIsOpenedOnceAndStaysOpenForItsLeases() throws IOException {
    ImageCache cache = cache(10, 1 << 30);
    AtomicInteger open = new AtomicInteger();
    ImageLease first = cache.lease(key("a"), () -> image(open), io);
    ImageLease second = cache.lease(key("a"), () -> image(open), io);
    assertThat(second.image()).isSameAs(first.image());
    assertThat(first.hit()).isFalse();
    assertThat(second.hit()).isTrue();

    first.close();
    first.close();
    cache.clear();
    assertThat(open).as("still leased").hasValue(1);
    assertThat(cache.stats()).isEqualTo(new CacheStats(1, 0, 1, 1, 1));

    second.close();
    assertThat(open).as("idle").hasValue(1);
    cache.clear();
    assertThat(open).hasValue(0);
    assertThat(cache.stats()).isEqualTo(new CacheStats(1, 0, 1, 0, 0));
  }

  @Test
  void aChangedFileIsAnotherImage() throws IOException {
    ImageCache cache = cache(10, 1 << 30);
    cache.lease(key("a", 1), ImageCacheTest::image, io).close();

    assertThat(cache.lease(key("a", 2), ImageCacheTest::image, io).hit()).isFalse();
  }

  @Test
  void anObjectReplacedWithinTheSameTimeIsAnotherImage() throws IOException {
    ImageCache cache = cache(10, 1 << 30);
    cache.lease(key(new ImageFile("a", 10, 1, "first")), ImageCacheTest::image, io).close();

    ImageKey replaced = key(new ImageFile("a", 10, 1, "second"));
    assertThat(cache.lease(replaced, ImageCacheTest::image, io).hit()).isFalse();
  }

  @Test
  void failuresAreNotKept() throws IOException {
    ImageCache cache = cache(10, 1 << 30);
    ImageCache.Opener failing =
        () -> {
          throw new IOException("no such luck");
        };
    assertThatThrownBy(() -> cache.lease(key("a"), failing, io)).hasMessage("no such luck");
    assertThat(cache.stats()).isEqualTo(new CacheStats(0, 1, 0, 0, 0));

    assertThat(cache.lease(key("a"), ImageCacheTest::image, io).hit()).isFalse();
  }

  @Test
  void theImageLongestIdleGoesFirst() throws IOException {
    ImageCache cache = cache(2, 1 << 30);
    cache.lease(key("a"), ImageCacheTest::image, io).close();
    cache.lease(key("b"), ImageCacheTest::image, io).close();
    cache.lease(key("a"), ImageCacheTest::image, io).close();
    cache.lease(key("c"), ImageCacheTest::image, io).close();

    assertThat(cache.stats().images()).isEqualTo(2);
    assertThat(cache.lease(key("a"), ImageCacheTest::image, io).hit()).isTrue();
    assertThat(cache.lease(key("b"), ImageCacheTest::image, io).hit()).isFalse();
  }

  @Test
  void imagesInUseDoNotCount() throws IOException {
    ImageCache cache = cache(1, 1 << 30);
    List<ImageLease> leases = new ArrayList<>();
    for (String path : List.of("a", "b", "c")) {
      leases.add(cache.lease(key(path), ImageCacheTest::image, io));
    }
    assertThat(cache.stats().images()).isEqualTo(3);

    for (ImageLease lease : leases) {
      lease.close();
    }
    assertThat(cache.stats().images()).isEqualTo(1);
  }

  @Test
  void heavyImagesGoEarlier() throws IOException {
    ImageCache cache = cache(100, 3 << 20);
    AtomicInteger open = new AtomicInteger();
    for (String path : List.of("a", "b")) {
      ImageLease lease = cache.lease(key(path), () -> image(open), io);
      io.metadataRead(2 << 20);
      lease.close();
    }

    assertThat(open).as("two are too heavy together").hasValue(1);
    assertThat(cache.lease(key("b"), ImageCacheTest::image, io).hit()).isTrue();
  }

  @Test
  void idleImagesCloseWhenTheirTimeIsOver() throws IOException {
    ImageCache cache = cache(100, 1 << 30);
    AtomicInteger open = new AtomicInteger();
    cache.lease(key("a"), () -> image(open), io).close();

    now.addAndGet(Duration.ofSeconds(59).toNanos());
    cache.sweep();
    assertThat(open).hasValue(1);
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    cache.sweep();
    assertThat(open).hasValue(0);
  }

  @Test
  @Timeout(60)
  void idleImagesCloseThoughNobodyComesAgain() throws IOException {
    ImageCache cache =
        new ImageCache(new CacheLimits(100, 1 << 30, Duration.ofMillis(1)), System::nanoTime);
    AtomicInteger open = new AtomicInteger();
    cache.lease(key("a"), () -> image(open), io).close();

    while (open.get() > 0) {
      Thread.onSpinWait();
    }
    assertThat(cache.stats().images()).isZero();
  }

  @Test
  void aDistrustedImageServesItsLeasesAndNobodyElse() throws IOException {
    ImageCache cache = cache(100, 1 << 30);
    AtomicInteger open = new AtomicInteger();
    ImageLease first = cache.lease(key("a"), () -> image(open), io);
    ImageLease second = cache.lease(key("a"), () -> image(open), io);
    first.distrust();

    assertThat(cache.lease(key("a"), ImageCacheTest::image, io).hit()).isFalse();
    first.close();
    assertThat(open).hasValue(1);
    second.close();
    assertThat(open).hasValue(0);
  }

  @Test
  void oneOpensWhileTheOthersWait() throws Exception {
    ImageCache cache = cache(100, 1 << 30);
    AtomicInteger open = new AtomicInteger();
    int threads = 8;
    CountDownLatch allHere = new CountDownLatch(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<ImageLease>> leases = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        leases.add(
            pool.submit(
                () -> {
                  allHere.countDown();
                  return cache.lease(
                      key("a"),
                      () -> {
                        await(allHere);
                        return image(open);
                      },
                      new IoCounters());
                }));
      }
      for (Future<ImageLease> lease : leases) {
        lease.get().close();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(open).hasValue(1);
    assertThat(cache.stats()).isEqualTo(new CacheStats(1, 0, threads - 1, 0, 1));
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException interruption) {
      throw new InterruptedIOException();
    }
  }

  /** An opener that fails once somebody waits for it, and what becomes of that one. */
  private static ImageLease waitingForFailure(ImageCache cache, IOException failure)
      throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch fail = new CountDownLatch(1);
    ImageCache.Opener failing =
        () -> {
          opening.countDown();
          await(fail);
          throw failure;
        };
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Future<ImageLease> opener =
          pool.submit(() -> cache.lease(key("a"), failing, new IoCounters()));
      opening.await();
      Future<ImageLease> waiter =
          pool.submit(() -> cache.lease(key("a"), ImageCacheTest::image, new IoCounters()));
      while (cache.stats().leases() < 2) {
        Thread.onSpinWait();
      }
      fail.countDown();
      assertThatThrownBy(opener::get).hasCause(failure);
      return waiter.get();
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aFailureIsSharedWithThoseWhoWaited() {
    ImageCache cache = cache(100, 1 << 30);
    IOException failure = new IOException("unreadable");

    assertThatThrownBy(() -> waitingForFailure(cache, failure))
        .isInstanceOf(ExecutionException.class)
        .hasCause(failure);
    assertThat(cache.stats()).isEqualTo(new CacheStats(0, 1, 0, 0, 0));
  }

  @Test
  void theInterruptionOfTheOpenerIsNot() throws Exception {
    ImageCache cache = cache(100, 1 << 30);

    waitingForFailure(cache, new InterruptedIOException("cancelled")).close();
    assertThat(cache.stats()).isEqualTo(new CacheStats(1, 1, 0, 0, 1));
  }

  @Test
  void anInterruptedWaiterGivesItsPlaceBack() throws Exception {
    ImageCache cache = cache(100, 1 << 30);
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<ImageLease> opener =
          pool.submit(
              () ->
                  cache.lease(
                      key("a"),
                      () -> {
                        opening.countDown();
                        await(goOn);
                        return image();
                      },
                      new IoCounters()));
      opening.await();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> cache.lease(key("a"), ImageCacheTest::image, io))
          .isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
      goOn.countDown();
      opener.get().close();
    } finally {
      pool.shutdownNow();
    }
    assertThat(cache.stats()).isEqualTo(new CacheStats(1, 0, 0, 0, 1));
  }

  @Test
  void countsAreRightAfterManyThreadsDidEverything() throws Exception {
    long seed = new Random().nextLong();
    ImageCache cache = cache(3, 1 << 30);
    AtomicInteger open = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(6);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Random random = new Random(seed + i);
        tasks.add(
            pool.submit(
                () -> {
                  for (int step = 0; step < 5000; step++) {
                    useSomeImage(cache, random, open);
                  }
                }));
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(cache.stats().leases()).as("seed %d", seed).isZero();
    assertThat(open.get()).isEqualTo(cache.stats().images()).isLessThanOrEqualTo(3);
    cache.clear();
    assertThat(open).as("seed %d", seed).hasValue(0);
  }

  private static void useSomeImage(ImageCache cache, Random random, AtomicInteger open) {
    boolean fails = random.nextInt(10) == 0;
    ImageCache.Opener opener =
        () -> {
          if (fails) {
            throw new IOException("as planned");
          }
          return image(open);
        };
    try (ImageLease lease =
        cache.lease(key("image" + random.nextInt(8)), opener, new IoCounters())) {
      assertThat(open.get()).isPositive();
      if (random.nextInt(20) == 0) {
        lease.distrust();
      }
    } catch (IOException planned) {
      assertThat(planned).hasMessage("as planned");
    }
  }

  @Test
  void limitsComeFromTheApplication() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.diskimage.cache.maxIdleImages", "5")
            .set("spark.diskimage.cache.maxIdleBytes", "7m")
            .set("spark.diskimage.cache.maxIdleTime", "2min");

    assertThat(CacheLimits.of(conf)).isEqualTo(new CacheLimits(5, 7 << 20, Duration.ofMinutes(2)));
    assertThat(CacheLimits.of(new SparkConf(false))).isEqualTo(CacheLimits.DEFAULT);
  }
}
