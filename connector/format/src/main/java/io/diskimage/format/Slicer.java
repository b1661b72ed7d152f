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
    /** Tables to be walked; borders come from the first level of tables where there are many. */
    TABLES,
    /**
     * Bits of a bitmap, which lie where the disk has tables; borders are as close as those tell,
     * since the disk itself need not be readable.
     */
    BITMAP
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
    Region found =
        new Region(
            from,
            Math.min(image.virtualSize() - from, summary.regionSize()),
            summary.stored(region));
    return down(
        share == Share.BITMAP
            ? found.from() + scaled(wanted, found.counted(), found.length())
            : position(image, found, wanted, io),
        grain);
  }

  /**
   * A region of a summary.
   *
   * @param from its first guest byte
   * @param length guest bytes that it covers
   * @param counted bytes that the summary has counted in it, more than are wanted of it
   */
  private record Region(long from, long length, long counted) {
    long to() {
      return from + length;
    }
  }

  /**
   * Guest offset at which {@code wanted} of the counted bytes of a region lie before it. A summary
   * may count more than the runs show, such as what an upper layer hides: then the shares are those
   * of what they show.
   */
  private static long position(DiskImage image, Region region, long wanted, IoCounters io)
      throws IOException {
    long shown = 0;
    ExtentCursor counting = image.extents(region.from(), region.to(), io);
    while (counting.next()) {
      rethrowPassing(counting.failure());
      shown += storedBytes(counting);
    }
    if (shown == 0) {
      return region.from() + scaled(wanted, region.counted(), region.length());
    }
    long left = scaled(wanted, region.counted(), shown);
    ExtentCursor runs = image.extents(region.from(), region.to(), io);
    while (runs.next()) {
      rethrowPassing(runs.failure());
      long stored = storedBytes(runs);
      if (left < stored) {
        return runs.offset() + left;
      }
      left -= stored;
    }
    return region.to();
  }

  private static long storedBytes(ExtentCursor runs) {
    return runs.failure() == null && runs.kind().stored() ? runs.length() : 0;
  }

  /** As much of {@code whole} as {@code part} is of {@code counted}. */
  private static long scaled(long part, long counted, long whole) {
    return whole == counted ? part : Math.min(whole, (long) ((double) part * whole / counted));
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
