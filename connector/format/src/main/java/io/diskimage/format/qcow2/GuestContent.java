package io.diskimage.format.qcow2;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.IoCounters;
import io.diskimage.format.chain.LayeredImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** What the guest sees now: of the image, and of the layer below it. */
final class GuestContent {
  private final Supplier<? extends DiskImage> view;

  /** Null if there is none, or it is not known. */
  private final DiskImage backing;

  private final IoCounters io;

  GuestContent(Supplier<? extends DiskImage> view, DiskImage backing, IoCounters io) {
    this.view = view;
    this.backing = backing;
    this.io = io;
  }

  /** Reads a range; behind the end of the disk there are zeros. */
  void read(long guestOffset, byte[] into, int offset, int length) throws IOException {
    DiskImage disk = disk();
    int inside = (int) Math.max(0, Math.min(length, disk.virtualSize() - guestOffset));
    Arrays.fill(into, offset + inside, offset + length, (byte) 0);
    if (inside > 0) {
      try (ImageContent content = new ImageContent(disk, io)) {
        content.read(guestOffset, into, offset, inside);
      }
    }
  }

  /** Whether the tables say that a range reads as zero; behind the end of the disk all does. */
  boolean isZero(long guestOffset, long length) throws IOException {
    DiskImage disk = disk();
    long end = Math.min(guestOffset + length, disk.virtualSize());
    if (guestOffset >= end) {
      return true;
    }
    ExtentCursor runs = disk.extents(guestOffset, end, io);
    while (runs.next()) {
      boolean zero = runs.kind() == ExtentKind.ZERO || runs.kind() == ExtentKind.UNALLOCATED;
      if (!zero) {
        return false;
      }
    }
    return true;
  }

  private DiskImage disk() throws IOException {
    return backing == null ? view.get() : LayeredImage.of(List.of(view.get(), backing));
  }
}
