package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.MergedExtents;
import io.diskimage.format.Slicer;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.plan.ImageSlice;
import io.diskimage.spark.plan.RowFilter;
import io.diskimage.spark.plan.SampleSpec;
import java.io.IOException;

/** The maximal runs of a disk or a bitmap that start in a slice and that the scan wants. */
final class ExtentScan {
  private static final int RUNS_BETWEEN_CHECKS = 4096;

  private final TaskScan scan;
  private final ReadMode mode;
  private final SampleSpec sample;

  private String path;
  private RowFilter filter;
  private long pathHash;
  private ExtentRow row;
  private SliceImage image;
  private ExtentCursor runs;
  private int steps;
  private long skipped;

  ExtentScan(TaskScan scan) {
    this.scan = scan;
    this.mode = scan.options().mode();
    this.sample = scan.spec().sample();
  }

  /** Starts with a slice; false if none of its rows is wanted. */
  boolean start(ImageSlice slice) throws IOException {
    path = slice.file().path();
    filter = scan.spec().filter().forPath(path);
    if (filter.isNever()) {
      return false;
    }
    pathHash = sample == null ? 0 : sample.pathHash(path);
    String bitmap = scan.options().bitmap();
    row = new ExtentRow(path, bitmap != null);
    image = SliceImage.open(scan, slice);
    DiskImage disk = image.disk();
    if (bitmap == null) {
      row.opened(disk);
    }
    Slicer.Share share = bitmap == null ? Slicer.Share.TABLES : Slicer.Share.BITMAP;
    long from = image.from(share, disk.clusterSize());
    long to = image.to(share, disk.clusterSize());
    // A run is wanted or not by where it starts.
    from = Math.min(to, Math.max(from, filter.lowerBound(ExtentColumns.OFFSET)));
    long highest = filter.upperBound(ExtentColumns.OFFSET);
    to = highest < to ? Math.max(from, highest + 1) : to;
    runs =
        image.before() != null
            ? MergedExtents.changedIn(image.before(), disk, from, to, scan.io())
            : bitmap == null
                ? MergedExtents.startingIn(disk, from, to, scan.io())
                : BitmapRuns.startingIn(disk, bitmap, from, to, scan.io());
    return true;
  }

  /** Goes to the next wanted run. */
  boolean next() throws IOException {
    while (runs.next()) {
      if (++steps % RUNS_BETWEEN_CHECKS == 0) {
        scan.checkKilled();
      }
      row.run(runs);
      if (isShown()
          && filter.accepts(row)
          && (sample == null || sample.keeps(pathHash, runs.offset()))) {
        return true;
      }
      skipped++;
    }
    return false;
  }

  private boolean isShown() throws IOException {
    if (row.failure() == null) {
      return true;
    }
    TaskAttempts.rethrowPassing(path, row.failure());
    if (mode == ReadMode.FAILFAST) {
      throw Failures.named(path, row.failure());
    }
    return mode == ReadMode.PERMISSIVE;
  }

  /**
   * Takes an image that cannot be read.
   *
   * @return whether it is a row, which {@link #row} then is
   */
  boolean failed(ImageSlice slice, IOException failure) throws IOException {
    if (mode == ReadMode.FAILFAST) {
      throw Failures.named(path, failure);
    }
    row.failedImage(failure);
    return mode == ReadMode.PERMISSIVE
        && slice.index() == 0
        && filter.accepts(row)
        && (sample == null || sample.keeps(pathHash, -1));
  }

  /** The current row. */
  ExtentRow row() {
    return row;
  }

  void distrust() {
    if (image != null) {
      image.distrust();
    }
  }

  void leave() {
    scan.count(ScanMetric.BLOCKS_SKIPPED, skipped);
    skipped = 0;
    runs = null;
    if (image != null) {
      image.close();
      image = null;
    }
  }
}
