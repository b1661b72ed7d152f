package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.Limits;
import io.diskimage.format.Slicer;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.chain.BackingChain;
import io.diskimage.format.chain.LayeredImage;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.plan.ImageSlice;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The leased disk of a slice, at the snapshot and with the layers that were asked for. */
final class SliceImage implements Closeable {
  private final TaskScan scan;
  private final ImageSlice slice;
  private final LeasedLayers layers;
  private final DiskImage disk;

  private SliceImage(TaskScan scan, ImageSlice slice, LeasedLayers layers, DiskImage disk) {
    this.scan = scan;
    this.slice = slice;
    this.layers = layers;
    this.disk = disk;
  }

  /** Opens the disk for reading. */
  static SliceImage open(TaskScan scan, ImageSlice slice) throws IOException {
    LeasedLayers layers = new LeasedLayers(scan);
    SliceImage image = null;
    try {
      DiskImage top = atSnapshot(layers.top(slice.file()), slice.file().path(), scan.options());
      DiskImage disk =
          scan.follows() && scan.options().bitmap() == null
              ? LayeredImage.of(BackingChain.layers(top, layers, Limits.DEFAULT, scan.io()))
              : top;
      image = new SliceImage(scan, slice, layers, disk);
      return image;
    } catch (IOException failure) {
      if (Failures.mayPass(failure)) {
        layers.distrust();
      }
      throw failure;
    } finally {
      if (image == null) {
        layers.close();
      }
    }
  }

  private static DiskImage atSnapshot(DiskImage image, String path, ReadOptions options)
      throws IOException {
    if (options.snapshot() != null) {
      return image.at(options.snapshot());
    }
    if (options.snapshotAsOfMicros() == null) {
      return image;
    }
    Instant time = Instant.EPOCH.plus(options.snapshotAsOfMicros(), ChronoUnit.MICROS);
    SnapshotInfo newest = null;
    for (SnapshotInfo snapshot : image.snapshots()) {
      if (snapshot.created() != null
          && !snapshot.created().isAfter(time)
          && (newest == null || !snapshot.created().isBefore(newest.created()))) {
        newest = snapshot;
      }
    }
    if (newest == null) {
      throw new SnapshotNotFoundException(
          path, ImageException.NO_OFFSET, "no snapshot was taken by " + time);
    }
    return image.at(newest.id());
  }

  DiskImage disk() {
    return disk;
  }

  /**
   * First guest byte of the slice.
   *
   * @param share what slices have in equal shares
   * @param grain what borders are multiples of
   */
  long from(Slicer.Share share, long grain) throws IOException {
    return Slicer.start(disk, share, slice.index(), slice.count(), grain, scan.io());
  }

  /** Guest byte behind the slice. */
  long to(Slicer.Share share, long grain) throws IOException {
    return Slicer.start(disk, share, slice.index() + 1, slice.count(), grain, scan.io());
  }

  /** As {@link LeasedLayers#distrust()}. */
  void distrust() {
    layers.distrust();
  }

  @Override
  public void close() {
    layers.close();
  }
}
