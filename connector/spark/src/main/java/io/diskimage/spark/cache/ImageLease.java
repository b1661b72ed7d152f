package io.diskimage.spark.cache;

import io.diskimage.format.DiskImage;
import io.diskimage.format.IoCounters;
import java.io.Closeable;

/** One task's use of an open image, which stays open until all its leases are closed. */
public final class ImageLease implements Closeable {
  private final ImageCache cache;
  private final CachedImage entry;
  private final IoCounters io;
  private final long metadataBefore;
  private final boolean hit;
  private boolean closed;

  ImageLease(ImageCache cache, CachedImage entry, IoCounters io, long metadataBefore, boolean hit) {
    this.cache = cache;
    this.entry = entry;
    this.io = io;
    this.metadataBefore = metadataBefore;
    this.hit = hit;
  }

  /** The image; not used after {@link #close}. */
  public DiskImage image() {
    return entry.image();
  }

  /** Whether the image was open already. */
  public boolean hit() {
    return hit;
  }

  /** Keeps the image from later leases: reading it failed in a way that may not last. */
  public void distrust() {
    cache.distrust(entry);
  }

  /** Gives the image back; more calls do nothing. Not thread-safe. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      cache.release(entry, io.metadataBytes() - metadataBefore);
    }
  }
}
