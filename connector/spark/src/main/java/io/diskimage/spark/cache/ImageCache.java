package io.diskimage.spark.cache;

import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open images of a JVM. Tasks hold leases; an image is opened once for all of them, by the
 * first that asks while the others wait. Failures are not kept. An image without leases is closed
 * when the {@link CacheLimits} are exceeded, the one longest idle first, or its time is over.
 */
public final class ImageCache {
  private static final Logger LOG = LoggerFactory.getLogger(ImageCache.class);

  private final CacheLimits limits;
  private final LongSupplier nanoTime;
  private final Map<ImageKey, CachedImage> images = new HashMap<>();
  private final KnownFormats formats = new KnownFormats();

  /** Images without leases, the one longest idle first. */
  private final Set<CachedImage> idle = new LinkedHashSet<>();

  private long idleBytes;
  private boolean sweepPlanned;
  private long opened;
  private long failed;
  private long hits;
  private int leases;

  /** Opens the image of a key. */
  @FunctionalInterface
  public interface Opener {
    DiskImage open() throws IOException;
  }

  private static final class Holder {
    static final ImageCache INSTANCE =
        new ImageCache(CacheLimits.ofApplication(), System::nanoTime);
  }

  ImageCache(CacheLimits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
  }

  /** The cache of this JVM. */
  public static ImageCache get() {
    return Holder.INSTANCE;
  }

  /**
   * A lease of an image, opened now unless it is open already.
   *
   * @param opener called at most once
   * @param io the caller's counters: what it reads of tables while it holds the lease is the
   *     image's weight
   * @throws IOException what the opener threw, for this caller or for another that this one waited
   *     for
   */
  public ImageLease lease(ImageKey key, Opener opener, IoCounters io) throws IOException {
    long metadataBefore = io.metadataBytes();
    while (true) {
      CachedImage entry;
      boolean mine = false;
      synchronized (this) {
        entry = images.get(key);
        if (entry == null) {
          entry = new CachedImage(key);
          images.put(key, entry);
          mine = true;
        } else {
          take(entry);
        }
        leases++;
      }
      if (mine) {
        open(entry, opener);
        return new ImageLease(this, entry, io, metadataBefore, false);
      }
      if (isOpen(entry)) {
        return new ImageLease(this, entry, io, metadataBefore, true);
      }
    }
  }

  private void take(CachedImage entry) {
    if (entry.leases++ == 0) {
      idle.remove(entry);
      idleBytes -= entry.weight();
    }
  }

  private void open(CachedImage entry, Opener opener) throws IOException {
    DiskImage image = null;
    Throwable failure = null;
    try {
      image = opener.open();
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      synchronized (this) {
        if (image == null) {
          failed++;
          leases--;
          images.remove(entry.key, entry);
        } else {
          opened++;
        }
      }
      if (image == null) {
        entry.opening.completeExceptionally(failure);
      } else {
        entry.opening.complete(image);
      }
    }
  }

  /**
   * Waits for the opener of an entry.
   *
   * @return false if the opener was interrupted, which says nothing about the image
   */
  private boolean isOpen(CachedImage entry) throws IOException {
    try {
      entry.opening.get();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      // The opener goes on; the place that this caller took ends with it.
      var unused =
          entry.opening.whenComplete(
              (image, failure) -> {
                if (failure == null) {
                  release(entry, 0);
                } else {
                  giveUp();
                }
              });
      InterruptedIOException failure =
          new InterruptedIOException("waiting for " + entry.key.file().path());
      failure.initCause(interruption);
      throw failure;
    } catch (ExecutionException failure) {
      giveUp();
      if (isInterruption(failure.getCause())) {
        return false;
      }
      if (failure.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(
          entry.key.file().path() + ": another task failed to open it", failure.getCause());
    }
    synchronized (this) {
      hits++;
    }
    return true;
  }

  private synchronized void giveUp() {
    leases--;
  }

  private static boolean isInterruption(Throwable failure) {
    return failure instanceof InterruptedIOException
        || failure instanceof ClosedByInterruptException;
  }

  synchronized void distrust(CachedImage entry) {
    entry.trusted = false;
    images.remove(entry.key, entry);
  }

  void release(CachedImage entry, long metadataBytes) {
    List<CachedImage> surplus;
    synchronized (this) {
      leases--;
      entry.readMetadata(metadataBytes);
      if (--entry.leases > 0) {
        return;
      }
      if (entry.trusted) {
        entry.idleSince = nanoTime.getAsLong();
        idle.add(entry);
        idleBytes += entry.weight();
        surplus = evict();
        planSweep();
      } else {
        surplus = List.of(entry);
      }
    }
    close(surplus);
  }

  /** Closes the images whose idle time is over. */
  void sweep() {
    List<CachedImage> surplus;
    synchronized (this) {
      sweepPlanned = false;
      surplus = evict();
      planSweep();
    }
    close(surplus);
  }

  /** What the files of images were found to be. */
  public KnownFormats formats() {
    return formats;
  }

  /** Closes all images that nobody leases. */
  public void clear() {
    formats.clear();
    List<CachedImage> surplus;
    synchronized (this) {
      surplus = new ArrayList<>(idle);
      surplus.forEach(this::forget);
    }
    close(surplus);
  }

  /** What happened so far. */
  public synchronized CacheStats stats() {
    return new CacheStats(opened, failed, hits, leases, images.size());
  }

  private List<CachedImage> evict() {
    List<CachedImage> surplus = new ArrayList<>();
    long oldest = nanoTime.getAsLong() - limits.maxIdleTime().toNanos();
    while (!idle.isEmpty()) {
      CachedImage eldest = idle.iterator().next();
      if (idle.size() <= limits.maxIdleImages()
          && idleBytes <= limits.maxIdleBytes()
          && eldest.idleSince - oldest > 0) {
        break;
      }
      forget(eldest);
      surplus.add(eldest);
    }
    return surplus;
  }

  private void forget(CachedImage entry) {
    idle.remove(entry);
    idleBytes -= entry.weight();
    images.remove(entry.key, entry);
  }

  /** Nobody may come again, so time itself has to close the last images. */
  private void planSweep() {
    if (!sweepPlanned && !idle.isEmpty()) {
      sweepPlanned = true;
      Executor later =
          CompletableFuture.delayedExecutor(
              limits.maxIdleTime().toMillis() + 1, TimeUnit.MILLISECONDS);
      later.execute(this::sweep);
    }
  }

  private static void close(List<CachedImage> surplus) {
    for (CachedImage entry : surplus) {
      try {
        entry.close();
      } catch (IOException failure) {
        LOG.warn("Closing {} failed", entry.key.file().path(), failure);
      }
    }
  }
}
