package io.diskimage.spark.read;

import io.diskimage.format.BlockGrid;
import io.diskimage.format.ComparedExtents;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.Slicer;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.plan.SampleSpec;
import java.io.IOException;

/**
 * The blocks of a slice that the scan wants. Stretches of blocks that nobody wants are stepped over
 * whole; within the others a block is looked at by itself only if the filter needs its place, or
 * there is a sample.
 */
final class BlockScan {
  private static final int RUNS_BETWEEN_CHECKS = 1024;

  private final TaskScan scan;
  private final RowFilter filter;
  private final SampleSpec sample;
  private final long pathHash;
  private final boolean choosesBlocks;
  private final BlockRow row;
  private final String path;

  private BlockGrid grid;
  private boolean uniform;
  private long blockLength;
  private long virtualSize;
  private BlockWalk walk;
  private long position;
  private long end;
  private int stretches;

  /**
   * The blocks of a file.
   *
   * @param filter bound to the file's path
   * @param row that this scan moves along
   */
  BlockScan(TaskScan scan, ImageFile file, RowFilter filter, BlockRow row) {
    this.scan = scan;
    this.filter = filter;
    this.sample = scan.spec().sample();
    this.path = file.path();
    this.pathHash = sample == null ? 0 : sample.pathHash(path);
    this.choosesBlocks = sample != null || needsPlace(filter);
    this.row = row;
  }

  /** Whether a filter may tell blocks of one stretch apart. */
  static boolean needsPlace(RowFilter filter) {
    return filter.references(BlockColumns.OFFSET)
        || filter.references(BlockColumns.LENGTH)
        || filter.references(BlockColumns.HOST_OFFSET)
        || filter.references(BlockColumns.HOST_LENGTH);
  }

  /** Whether the scan wants the row of an image that cannot be read. */
  boolean wantsFailedImage(IOException failure) {
    row.failedImage(failure);
    return filter.accepts(row) && (sample == null || sample.keeps(pathHash, -1));
  }

  /**
   * Starts with the blocks of a slice.
   *
   * @param share what slices have in equal shares
   * @param mixedParts null if nobody wants them
   */
  void start(SliceImage image, Slicer.Share share, BlockWalk.MixedParts mixedParts)
      throws IOException {
    DiskImage disk = image.disk();
    row.opened(disk.info());
    cut(disk);
    long from = firstWanted(image.from(share, grid.grain()));
    long to = lastWanted(image.to(share, grid.grain()));
    position = from;
    end = from;
    walk = from < to ? walk(image, from, to, mixedParts) : null;
  }

  private BlockWalk walk(SliceImage image, long from, long to, BlockWalk.MixedParts mixedParts)
      throws IOException {
    if (image.before() == null) {
      ExtentCursor runs = image.disk().extents(from, to, scan.io());
      return new BlockWalk(runs, grid, from, to, mixedParts, () -> true);
    }
    row.compared(image.before().virtualSize(), image.version(), image.timeMicros());
    ComparedExtents runs =
        ComparedExtents.between(image.before(), image.disk(), from, to, scan.io());
    return new BlockWalk(runs, grid, from, to, mixedParts, runs::changed);
  }

  /** Starts with all blocks of the disk as one stretch of which only the places are known. */
  void startPlaces(DiskImage disk) {
    cut(disk);
    walk = null;
    row.placeOnly();
    position = firstWanted(0);
    end = Math.max(position, lastWanted(virtualSize));
  }

  private void cut(DiskImage disk) {
    virtualSize = disk.virtualSize();
    grid = new BlockGrid(disk.clusterSize(), scan.options().blockSize(), virtualSize);
    blockLength = grid.maxBlockLength();
    uniform = grid.grain() % blockLength == 0;
  }

  private long firstWanted(long from) {
    long lowest = filter.lowerBound(BlockColumns.OFFSET);
    if (lowest <= from) {
      return from;
    }
    if (lowest >= virtualSize) {
      return virtualSize;
    }
    long block = grid.blockStart(lowest);
    return block == lowest ? block : grid.blockEnd(block);
  }

  private long lastWanted(long to) {
    long highest = filter.upperBound(BlockColumns.OFFSET);
    if (highest >= to) {
      return to;
    }
    return highest < 0 ? 0 : Math.min(to, grid.blockEnd(grid.blockStart(highest)));
  }

  /**
   * Goes to the next stretch with blocks that may be wanted.
   *
   * @throws IOException the problem of a block, where problems are no rows
   */
  boolean nextStretch() throws IOException {
    while (walk != null && walk.next()) {
      if (++stretches % RUNS_BETWEEN_CHECKS == 0) {
        scan.checkKilled();
      }
      row.stretch(walk);
      position = walk.start();
      end = walk.end();
      if (wantsStretch()) {
        return true;
      }
      walk.drop();
      scan.count(ScanMetric.BLOCKS_SKIPPED, grid.blocksBefore(end) - grid.blocksBefore(position));
      position = end;
    }
    return false;
  }

  private boolean wantsStretch() throws IOException {
    if (row.failure() != null) {
      TaskAttempts.rethrowPassing(path, row.failure());
      if (scan.options().mode() == ReadMode.FAILFAST) {
        throw Failures.named(path, row.failure());
      }
      if (scan.options().mode() == ReadMode.DROPMALFORMED) {
        return false;
      }
    } else if (!row.stored() && scan.options().unallocated() == UnallocatedMode.SKIP) {
      return false;
    }
    if (!walk.changed()) {
      return false;
    }
    row.place(position, 0);
    return choosesBlocks || filter.accepts(row);
  }

  /** The current stretch. */
  BlockWalk stretch() {
    return walk;
  }

  /** Whether blocks of a stretch are wanted or not one by one. */
  boolean choosesBlocks() {
    return choosesBlocks;
  }

  /** Whether blocks are left in the stretch. */
  boolean hasBlock() {
    return position < end;
  }

  /** Guest bytes from here to the end of the stretch. */
  long restOfStretch() {
    return end - position;
  }

  /** Number of blocks from here to the end of the stretch. */
  long blocksLeft() {
    return grid.blocksBefore(end) - grid.blocksBefore(position);
  }

  /** Start of the last block of the stretch. */
  long lastBlock() {
    return grid.blockStart(end - 1);
  }

  /** Start of the next block. */
  long position() {
    return position;
  }

  /** Leaves the rest of the stretch. */
  void skipStretch() {
    position = end;
  }

  /** Longest block in bytes. */
  long maxBlockLength() {
    return blockLength;
  }

  /**
   * Moves the row to the next block of the stretch and goes behind it.
   *
   * @return whether the block is wanted
   */
  boolean nextBlock() {
    long start = position;
    // The general rule divides; blocks of one length, the rule in practice, need none of it.
    position = uniform ? Math.min(start + blockLength, virtualSize) : grid.blockEnd(start);
    row.place(start, position - start);
    return !choosesBlocks
        || (filter.accepts(row) && (sample == null || sample.keeps(pathHash, start)));
  }
}
