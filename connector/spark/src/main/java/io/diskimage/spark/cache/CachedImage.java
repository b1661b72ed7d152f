package io.diskimage.spark.cache;

import io.diskimage.format.DiskImage;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** An entry of the cache; all but {@link #opening} is guarded by the cache. */
final class CachedImage {
  /** What the objects of an image with the smallest tables take, roughly. */
  private static final long BASE_WEIGHT = 64 << 10;

  final ImageKey key;
  final CompletableFuture<DiskImage> opening = new CompletableFuture<>();
  int leases = 1;
  boolean trusted = true;
  long idleSince;
  private long weight = BASE_WEIGHT;

  CachedImage(ImageKey key) {
    this.key = key;
  }

  /** The image, once {@link #opening} is complete. */
  DiskImage image() {
    return opening.join();
  }

  /** Estimated bytes of heap. */
  long weight() {
    return weight;
  }

  /** What is read of the tables is kept, up to the limits, and as much again of first levels. */
  void readMetadata(long bytes) {
    weight = Math.min(2L * key.limits().tableCacheBytes(), weight + bytes);
  }

  void close() throws IOException {
    image().close();
  }
}
