package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.Slicer;
import io.diskimage.format.chain.BackingChain;
import io.diskimage.format.chain.LayeredImage;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.plan.ImageSlice;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The leased disk of a slice, in the state and with the layers that were asked for, and the state
 * that it is compared with.
 */
final class SliceImage implements Closeable {
  private final TaskScan scan;
  private final ImageSlice slice;
  private final LeasedLayers layers;
  private DiskState state;
  private DiskImage before;

  private SliceImage(TaskScan scan, ImageSlice slice) {
    this.scan = scan;
    this.slice = slice;
    this.layers = new LeasedLayers(scan);
  }

  /** Opens the disk for reading. */
  static SliceImage open(TaskScan scan, ImageSlice slice) throws IOException {
    SliceImage image = new SliceImage(scan, slice);
    boolean opened = false;
    try {
      image.open();
      opened = true;
      return image;
    } catch (IOException failure) {
      if (Failures.mayPass(failure)) {
        image.distrust();
      }
      throw failure;
    } finally {
      if (!opened) {
        image.close();
      }
    }
  }

  /** All states of a disk lie over the same layers. */
  private void open() throws IOException {
    String path = slice.file().path();
    DiskImage top = layers.top(slice.file());
    DiskImage whole =
        scan.follows() && scan.options().bitmap() == null
            ? LayeredImage.of(BackingChain.layers(top, layers, scan.options().limits(), scan.io()))
            : top;
    state = DiskState.of(whole, path, scan.options().state());
    TimeTravel earlier = scan.options().changesFrom();
    if (earlier != null) {
      before = DiskState.of(whole, path, earlier).disk();
    }
  }

  DiskImage disk() {
    return state.disk();
  }

  /** The state that the disk is compared with, or null. */
  DiskImage before() {
    return before;
  }

  /** Id of the snapshot, or null for the active disk. */
  String version() {
    return state.version();
  }

  /**
   * When the snapshot was taken or the file last changed, in microseconds since the epoch; null
   * where the snapshot does not tell.
   */
  Long timeMicros() {
    if (state.version() == null) {
      return slice.file().modificationTime() * 1000;
    }
    return state.created() == null
        ? null
        : (Long) ChronoUnit.MICROS.between(Instant.EPOCH, state.created());
  }

  /**
   * First guest byte of the slice.
   *
   * @param share what slices have in equal shares
   * @param grain what borders are multiples of
   */
  long from(Slicer.Share share, long grain) throws IOException {
    return Slicer.start(state.disk(), share, slice.index(), slice.count(), grain, scan.io());
  }

  /** Guest byte behind the slice. */
  long to(Slicer.Share share, long grain) throws IOException {
    return Slicer.start(state.disk(), share, slice.index() + 1, slice.count(), grain, scan.io());
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
