package io.diskimage.format.oracle.write;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.IoCounters;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.StoredInput;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.chain.LayeredImage;
import java.io.IOException;
import java.util.List;

/** An image that is written, and shows the disk below it where it has nothing. */
public final class LayeredWriter implements WritableDiskImage {
  private final WritableDiskImage top;
  private final DiskImage parent;

  /**
   * An image over a disk.
   *
   * @param top closed with this
   * @param parent what {@code top} was opened over
   */
  public LayeredWriter(WritableDiskImage top, DiskImage parent) {
    this.top = top;
    this.parent = parent;
  }

  /** Of the image as it is now. */
  private DiskImage disk() throws IOException {
    return LayeredImage.of(List.of(top, parent));
  }

  @Override
  public void write(long guestOffset, byte[] source, int offset, int length) throws IOException {
    top.write(guestOffset, source, offset, length);
  }

  @Override
  public void writeZeroes(long guestOffset, long length, boolean unmap) throws IOException {
    top.writeZeroes(guestOffset, length, unmap);
  }

  @Override
  public void discard(long guestOffset, long length) throws IOException {
    top.discard(guestOffset, length);
  }

  @Override
  public void resize(long virtualSize, boolean mayShrink) throws IOException {
    top.resize(virtualSize, mayShrink);
  }

  @Override
  public void flush() throws IOException {
    top.flush();
  }

  @Override
  public void close() throws IOException {
    top.close();
  }

  @Override
  public ImageInfo info() {
    return top.info();
  }

  @Override
  public long virtualSize() {
    return top.virtualSize();
  }

  @Override
  public long clusterSize() {
    return top.clusterSize();
  }

  @Override
  public ExtentCursor extents(long from, long to, IoCounters io) throws IOException {
    return disk().extents(from, to, io);
  }

  @Override
  public AllocationSummary allocation(IoCounters io) throws IOException {
    return disk().allocation(io);
  }

  @Override
  public List<StoredInput> inputs() throws IOException {
    return disk().inputs();
  }

  @Override
  public List<SnapshotInfo> snapshots() throws IOException {
    return top.snapshots();
  }

  @Override
  public DiskImage at(String snapshot) throws IOException {
    return disk().at(snapshot);
  }
}
