package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.chain.BackingChain;
import io.diskimage.format.chain.LayerOpener;
import io.diskimage.spark.cache.ImageLease;
import io.diskimage.spark.plan.ImageFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Leases of the image of a slice and of what was opened below it. Each layer is an image of the
 * cache by itself; which layers make up a disk is found out for every slice.
 */
final class LeasedLayers implements LayerOpener, Closeable {
  private final TaskScan scan;
  private final List<ImageLease> leases = new ArrayList<>();

  LeasedLayers(TaskScan scan) {
    this.scan = scan;
  }

  /** Leases the image itself; for its bitmaps no key and no other file is needed. */
  DiskImage top(ImageFile file) throws IOException {
    Purpose purpose = scan.options().bitmap() == null ? Purpose.READ : Purpose.INFO;
    return add(scan.lease(file, purpose));
  }

  @Override
  public DiskImage open(DiskImage child, Reference parent) throws IOException {
    ImageFormat format = BackingChain.formatOf(child, parent);
    String from = child.inputs().get(0).input().location();
    try {
      return add(scan.leaseLayer(scan.gate().find(from, parent), format));
    } catch (OpenFailure failure) {
      // The reason itself tells whether another name may still lead to the parent.
      throw failure.reason();
    }
  }

  private DiskImage add(ImageLease lease) {
    leases.add(lease);
    return lease.image();
  }

  /** As {@link ImageLease#distrust()}, of all: a failure does not tell whose it is. */
  void distrust() {
    leases.forEach(ImageLease::distrust);
  }

  @Override
  public void close() {
    leases.forEach(ImageLease::close);
  }
}
