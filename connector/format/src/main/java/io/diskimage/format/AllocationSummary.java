package io.diskimage.format;

import java.io.IOException;

/**
 * Guest bytes stored as data, per region of the disk. Regions are clusters or 2, 4, 8, ... of them,
 * at most {@value #MAX_REGIONS} of them whatever the disk's size; entries that cannot be followed
 * count as nothing stored.
 */
public final class AllocationSummary {
  static final int MAX_REGIONS = 8192;

  private final long regionSize;
  private final long[] stored;
  private final long total;
  private final IOException failure;

  private AllocationSummary(long regionSize, long[] stored, IOException failure) {
    this.regionSize = regionSize;
    this.stored = stored;
    this.failure = failure;
    long sum = 0;
    for (long bytes : stored) {
      sum += bytes;
    }
    this.total = sum;
  }

  /**
   * Counts a whole disk.
   *
   * @param runs all runs of the disk from 0 on
   * @param virtualSize bytes
   * @param clusterSize bytes
   */
  public static AllocationSummary count(ExtentCursor runs, long virtualSize, long clusterSize) {
    Builder counted = new Builder(virtualSize, clusterSize);
    while (runs.next()) {
      if (runs.failure() != null) {
        counted.fail(runs.failure());
      } else if (runs.kind().stored()) {
        counted.add(runs.offset(), runs.length());
      }
    }
    return counted.build();
  }

  /** Adds up runs of one disk. */
  public static final class Builder {
    private final long virtualSize;
    private final long regionSize;
    private final long[] stored;
    private IOException failure;

    /** Starts with nothing stored; both sizes in bytes. */
    public Builder(long virtualSize, long clusterSize) {
      this.virtualSize = virtualSize;
      long clusters = Math.max(1, ceilDiv(virtualSize, clusterSize));
      int doublings = 0;
      while (ceilDiv(clusters, 1L << doublings) > MAX_REGIONS) {
        doublings++;
      }
      regionSize = clusterSize << doublings;
      stored = new long[(int) Math.max(1, ceilDiv(virtualSize, regionSize))];
    }

    /** A run within the disk counts. */
    public void add(long offset, long length) {
      long position = offset;
      long end = offset + length;
      while (position < end) {
        int region = (int) (position / regionSize);
        long next = min(end, position, regionSize - position % regionSize);
        stored[region] += next - position;
        position = next;
      }
    }

    /** Guest bytes that one region covers: the unit, doubled as often as needed. */
    public long regionSize() {
      return regionSize;
    }

    /**
     * Adds what was counted of a part of the disk, or of a layer below it: exactly where its
     * regions lie within one of this disk, else evenly spread. What lies behind this disk's end is
     * left out.
     *
     * @param offset guest byte at which the other disk begins
     */
    public void add(long offset, AllocationSummary other) {
      long end = min(Long.MAX_VALUE, (stored.length - 1) * regionSize, regionSize);
      for (int region = 0; region < other.stored.length; region++) {
        long from = offset + region * other.regionSize;
        if (from >= end) {
          break;
        }
        long to = min(end, from, other.regionSize);
        boolean whole = to - from == other.regionSize;
        if (whole && from / regionSize == (to - 1) / regionSize) {
          stored[(int) (from / regionSize)] += other.stored[region];
          continue;
        }
        for (long at = from; at < to; ) {
          int mine = (int) (at / regionSize);
          long next = min(to, at, regionSize - at % regionSize);
          stored[mine] +=
              share(other.stored[region], next - from, other.regionSize)
                  - share(other.stored[region], at - from, other.regionSize);
          at = next;
        }
      }
      if (other.failure != null) {
        fail(other.failure);
      }
    }

    /** The smaller one of a limit and a sum, which may leave 63 bits. */
    private static long min(long limit, long position, long length) {
      return length >= limit - position ? limit : position + length;
    }

    private static long share(long bytes, long part, long whole) {
      return (long) ((double) bytes * part / whole);
    }

    /**
     * Something could not be counted. The first such thing is kept, but a failing disk before a
     * faulty image: only the latter counts the same the next time.
     */
    public void fail(IOException why) {
      boolean moreTelling = failure instanceof ImageException && !(why instanceof ImageException);
      if (failure == null || moreTelling) {
        failure = why;
      }
    }

    /** What was added; a region that several layers store holds no more than its own bytes. */
    public AllocationSummary build() {
      long[] within = stored.clone();
      for (int region = 0; region < within.length; region++) {
        within[region] = Math.min(within[region], virtualSize - region * regionSize);
        within[region] = Math.min(within[region], regionSize);
      }
      return new AllocationSummary(regionSize, within, failure);
    }
  }

  private static long ceilDiv(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }

  /** Guest bytes that one region covers; the last one may end at the disk's end before that. */
  public long regionSize() {
    return regionSize;
  }

  /** Number of regions, at least 1. */
  public int regions() {
    return stored.length;
  }

  /** Guest bytes stored as data in a region. */
  public long stored(int region) {
    return stored[region];
  }

  /** Guest bytes stored as data in the whole disk. */
  public long total() {
    return total;
  }

  /**
   * Why the sum lacks something, or null; a plain {@link IOException} if another attempt may count
   * more.
   */
  public IOException failure() {
    return failure;
  }
}
