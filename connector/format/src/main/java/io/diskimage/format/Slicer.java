package io.diskimage.format;

import java.io.IOException;

/**
 * Cuts a disk into n slices of about equal stored bytes. Every task computes the same cut from the
 * image alone, so no plan has to carry borders.
 */
public final class Slicer {
  private Slicer() {}

  /** What slices are to have in equal shares. */
  public enum Share {
    /** Bytes to be read and decoded; borders are exact, at the price of a walk over all tables. */
    DATA,
    /** Tables to be walked; borders come from the first level of tables. */
    TABLES
  }

  /**
   * Start of slice k of n; slice k ends where slice k + 1 starts, and slice n starts at the end of
   * the disk.
   *
   * @param image the disk
   * @param share what to balance
   * @param k 0 to n
   * @param n at least 1
   * @param grain borders are multiples of this many guest bytes
   * @param io counts the table reads
   * @throws IOException if a table cannot be read now: what another attempt may read would move the
   *     border, and slices have to agree on it; a table that is corrupt does not move it
   */
  public static long start(DiskImage image, Share share, int k, int n, long grain, IoCounters io)
      throws IOException {
    if (n < 1 || k < 0 || k > n || grain < 1) {
      throw new IllegalArgumentException("slice " + k + " of " + n + " by " + grain);
    }
    if (k == 0) {
      return 0;
    }
    if (k == n) {
      return image.virtualSize();
    }
    AllocationSummary summary = share == Share.DATA ? image.allocation(io) : image.mapped(io);
    rethrowPassing(summary.failure());
    if (summary.total() == 0) {
      return down(part(image.virtualSize(), k, n), grain);
    }
    long wanted = part(summary.total(), k, n);
    int region = 0;
    while (wanted >= summary.stored(region) && region < summary.regions() - 1) {
      wanted -= summary.stored(region++);
    }
    long from = region * summary.regionSize();
    long position =
        share == Share.DATA
            ? position(image, from, summary.regionSize(), wanted, io)
            // Tables of several layers may map more than the region has.
            : Math.min(image.virtualSize(), from + Math.min(summary.regionSize(), wanted));
    return down(position, grain);
  }

  /** Guest offset at which {@code wanted} stored bytes of a region lie before it. */
  private static long position(
      DiskImage image, long from, long regionSize, long wanted, IoCounters io) throws IOException {
    long to = Math.min(image.virtualSize(), from + regionSize);
    ExtentCursor runs = image.extents(from, to, io);
    long left = wanted;
    while (runs.next()) {
      rethrowPassing(runs.failure());
      if (runs.failure() == null && runs.kind().stored()) {
        if (left < runs.length()) {
          return runs.offset() + left;
        }
        left -= runs.length();
      }
    }
    return to;
  }

  private static void rethrowPassing(IOException failure) throws IOException {
    if (failure != null && !(failure instanceof ImageException)) {
      throw failure;
    }
  }

  private static long part(long total, int k, int n) {
    return total / n * k + total % n * k / n;
  }

  private static long down(long value, long grain) {
    return value - value % grain;
  }
}
