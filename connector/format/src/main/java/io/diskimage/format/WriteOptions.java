package io.diskimage.format;

import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * How an image is written.
 *
 * @param open limits, passphrases, the gate for a data file, and options of the format at run time
 * @param backing what the layer below shows, for parts of clusters that are not written; null if
 *     there is none, or it is not asked for. It is not closed with the image
 * @param compression runs the compression of clusters; the writing thread waits for it
 */
public record WriteOptions(OpenOptions open, DiskImage backing, Executor compression) {

  /** No backing, nothing followed, compression in the writing thread. */
  public static final WriteOptions DEFAULT =
      new WriteOptions(OpenOptions.of(Purpose.WRITE), null, Runnable::run);

  public WriteOptions {
    Objects.requireNonNull(open, "open");
    Objects.requireNonNull(compression, "compression");
  }

  public WriteOptions withOpen(OpenOptions options) {
    return new WriteOptions(options, backing, compression);
  }

  public WriteOptions withBacking(DiskImage below) {
    return new WriteOptions(open, below, compression);
  }

  public WriteOptions withCompression(Executor executor) {
    return new WriteOptions(open, backing, executor);
  }
}
