package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageContent;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.Arrays;

/**
 * What a disk must hold, byte by byte. What is given up may be zero or what it was until it is
 * written again; {@link #settle} says which.
 */
final class DiskModel {
  private static final byte DOUBTFUL = 1;

  private final SparseBytes content;

  /** {@link #DOUBTFUL} where zero would do as well. */
  private final SparseBytes doubt;

  private final WriterProfile.Discards discards;
  private final long cluster;
  private long size;

  /**
   * A disk of zeros.
   *
   * @param size bytes
   * @param cluster what is given up as a whole, in bytes
   */
  DiskModel(long size, long cluster, WriterProfile.Discards discards) {
    this(new SparseBytes(), new SparseBytes(), discards, cluster, size);
  }

  private DiskModel(
      SparseBytes content,
      SparseBytes doubt,
      WriterProfile.Discards discards,
      long cluster,
      long size) {
    this.content = content;
    this.doubt = doubt;
    this.discards = discards;
    this.cluster = cluster;
    this.size = size;
  }

  DiskModel copy() {
    return new DiskModel(content.copy(), doubt.copy(), discards, cluster, size);
  }

  long size() {
    return size;
  }

  /** Whether a request is one for this disk: after a resize that failed it may be for another. */
  boolean fits(Step step) {
    if (!(step instanceof Step.Ranged ranged)) {
      return true;
    }
    long end = ranged.offset() + ranged.length();
    boolean whole = end == size || end % cluster == 0;
    boolean compressed = step instanceof Step.Write write && write.compressed();
    return end <= size && (whole || !compressed);
  }

  void write(long offset, byte[] bytes) {
    content.put(offset, bytes, 0, bytes.length);
    doubt.zero(offset, offset + bytes.length);
  }

  void zero(long offset, long length) {
    content.zero(offset, offset + length);
    doubt.zero(offset, offset + length);
  }

  void discard(long offset, long length) {
    long end = offset + length;
    switch (discards) {
      case BYTES -> zero(offset, length);
      case WHOLE_CLUSTERS -> {
        long from = (offset + cluster - 1) / cluster * cluster;
        // The last cluster is whole if the disk ends in it.
        long to = end == size ? end : end / cluster * cluster;
        zero(Math.min(from, end), Math.max(0, to - from));
      }
      case MAYBE -> doubt.fill(offset, end, DOUBTFUL);
    }
  }

  void resize(long newSize) {
    if (newSize < size) {
      zero(newSize, size - newSize);
    }
    size = newSize;
  }

  /** What is at a place; behind the end zero. */
  void get(long offset, byte[] target, int length) {
    content.get(offset, target, 0, length);
  }

  /** Whether zero would do as well at some place of a range. */
  private boolean isDoubtful(long offset, int length) {
    byte[] doubtful = new byte[length];
    doubt.get(offset, doubtful, 0, length);
    return Arrays.mismatch(doubtful, new byte[length]) >= 0;
  }

  /**
   * Holds an image to this, and takes over what it shows where there was doubt.
   *
   * @param what named by a failure
   */
  void settle(DiskImage image, String what) throws IOException {
    requireSame("size of " + what, size, image.virtualSize());
    try (ImageContent shown = new ImageContent(image, new IoCounters())) {
      settle((offset, bytes) -> shown.read(offset, bytes, 0, bytes.length), what);
    }
  }

  /** Takes over all that an image of this size shows. */
  void take(DiskImage image) throws IOException {
    byte[] bytes = new byte[SparseBytes.PAGE];
    try (ImageContent shown = new ImageContent(image, new IoCounters())) {
      for (long at = 0; at < size; at += bytes.length) {
        int piece = (int) Math.min(bytes.length, size - at);
        shown.read(at, bytes, 0, piece);
        write(at, Arrays.copyOf(bytes, piece));
      }
    }
  }

  /** The content of a disk. */
  @FunctionalInterface
  interface Shown {
    /** Fills an array from an offset on. */
    void read(long offset, byte[] bytes) throws IOException;
  }

  /** As {@link #settle(DiskImage, String)}, of any disk of that size. */
  void settle(Shown shown, String what) throws IOException {
    byte[] expected = new byte[SparseBytes.PAGE];
    for (long at = 0; at < size; at += expected.length) {
      int piece = (int) Math.min(expected.length, size - at);
      byte[] actual = new byte[piece];
      shown.read(at, actual);
      content.get(at, expected, 0, piece);
      int difference = Arrays.mismatch(expected, 0, piece, actual, 0, piece);
      if (difference >= 0 || isDoubtful(at, piece)) {
        settle(at, expected, actual, what);
      }
    }
  }

  private void settle(long offset, byte[] expected, byte[] actual, String what) {
    byte[] doubtful = new byte[actual.length];
    doubt.get(offset, doubtful, 0, actual.length);
    for (int i = 0; i < actual.length; i++) {
      if (actual[i] != expected[i] && !(doubtful[i] == DOUBTFUL && actual[i] == 0)) {
        throw new AssertionError(
            "%s: byte %d is %#x, not %#x%s"
                .formatted(
                    what,
                    offset + i,
                    actual[i],
                    expected[i],
                    doubtful[i] == DOUBTFUL ? " or 0" : ""));
      }
    }
    write(offset, actual);
  }

  private static void requireSame(String what, long expected, long actual) {
    if (expected != actual) {
      throw new AssertionError("%s is %d, not %d".formatted(what, actual, expected));
    }
  }
}
