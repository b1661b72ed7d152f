package io.diskimage.spark.read;

import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * The maximal runs of a persistent bitmap that start in a slice of the disk, as runs of {@code
 * extents} that are data where the bitmap is dirty. Slices that cover the disk give each run once.
 */
final class BitmapRuns implements ExtentCursor {
  private static final int SECTOR = 512;

  private final DirtyRanges ranges;
  private final long from;
  private final long to;

  private BitmapRuns(DirtyRanges ranges, long from, long to) {
    this.ranges = ranges;
    this.from = from;
    this.to = to;
  }

  static BitmapRuns startingIn(DiskImage disk, String bitmap, long from, long to, IoCounters io)
      throws IOException {
    // One sector before the slice tells whether its first run began earlier.
    long before = Math.max(0, from - SECTOR);
    long end = from < to ? disk.virtualSize() : before;
    return new BitmapRuns(disk.dirtyRanges(bitmap, before, end, io), from, to);
  }

  @Override
  public boolean next() {
    while (ranges.next()) {
      if (ranges.offset() >= to) {
        return false;
      }
      if (ranges.offset() >= from) {
        return true;
      }
    }
    return false;
  }

  @Override
  public long offset() {
    return ranges.offset();
  }

  @Override
  public long length() {
    return ranges.length();
  }

  @Override
  public ExtentKind kind() {
    if (ranges.failure() != null) {
      return null;
    }
    return ranges.isDirty() ? ExtentKind.DATA : ExtentKind.UNALLOCATED;
  }

  @Override
  public int flags() {
    return ranges.isDirty() ? DATA : 0;
  }

  @Override
  public long hostOffset() {
    return -1;
  }

  @Override
  public long hostLength() {
    return 0;
  }

  @Override
  public long clusterOffset() {
    return ranges.offset();
  }

  @Override
  public int input() {
    return 0;
  }

  @Override
  public int depth() {
    return -1;
  }

  @Override
  public IOException failure() {
    return ranges.failure();
  }
}
