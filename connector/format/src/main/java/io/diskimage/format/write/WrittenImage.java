package io.diskimage.format.write;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.BitmapInfo;
import io.diskimage.format.Closing;
import io.diskimage.format.ClusterReader;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Reference;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.StoredInput;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Objects;

/**
 * An image that is read through the driver's own reader and changed by what the driver adds. Ranges
 * that reach the driver lie within the disk and are not empty; they have any alignment.
 */
public abstract class WrittenImage implements WritableDiskImage {
  private static final int SECTOR = 512;

  private final ImageTarget target;
  private IOException lost;
  private boolean closed;

  /**
   * An image over its file.
   *
   * @param target closed with the image
   */
  protected WrittenImage(ImageTarget target) {
    this.target = Objects.requireNonNull(target, "target");
  }

  /** The image as it is now, for reading; not closed by this class. */
  protected abstract DiskImage view();

  /** Writes guest data within the disk; {@code length} is at least 1. */
  protected abstract void put(long guestOffset, byte[] source, int offset, int length)
      throws IOException;

  /** Makes a range within the disk read as zero; {@code length} is at least 1. */
  protected abstract void zero(long guestOffset, long length, boolean unmap) throws IOException;

  /** Gives up what can be given up of a range within the disk; {@code length} is at least 1. */
  protected abstract void drop(long guestOffset, long length) throws IOException;

  /**
   * Writes whole clusters compressed, the last one maybe cut by the end of the disk; {@code length}
   * is at least 1. By default the format has no compressed clusters.
   */
  protected void putCompressed(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    throw new UnsupportedImageException(
        target.location(),
        ImageException.NO_OFFSET,
        "the format " + info().format() + " has no compressed clusters");
  }

  /** Makes the disk another size than it is: bytes, a multiple of 512. */
  protected abstract void changeSize(long virtualSize) throws IOException;

  /** Brings all that was written to stable storage. */
  protected abstract void sync() throws IOException;

  /** Last changes of an image that is sound: by default a {@link #sync()}. */
  protected void finish() throws IOException {
    sync();
  }

  /** The file that is written. */
  protected final ImageTarget target() {
    return target;
  }

  /**
   * Says that the tables in the file cannot be told any more: from now on every change fails, and
   * closing changes nothing in the file.
   *
   * @return {@code reason}, to be thrown
   */
  protected final IOException lose(IOException reason) {
    if (lost == null) {
      lost = reason;
    }
    return reason;
  }

  private void requireChangeable() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (lost != null) {
      throw new IOException(
          target.location()
              + ": not changed any more since a write of its tables failed: "
              + lost.getMessage(),
          lost);
    }
  }

  private boolean begins(long guestOffset, long length) throws IOException {
    Objects.checkFromIndexSize(guestOffset, length, virtualSize());
    requireChangeable();
    return length > 0;
  }

  @Override
  public final void write(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    if (begins(guestOffset, length)) {
      put(guestOffset, source, offset, length);
    }
  }

  @Override
  public final void writeZeroes(long guestOffset, long length, boolean unmap) throws IOException {
    if (begins(guestOffset, length)) {
      zero(guestOffset, length, unmap);
    }
  }

  @Override
  public final void discard(long guestOffset, long length) throws IOException {
    if (begins(guestOffset, length)) {
      drop(guestOffset, length);
    }
  }

  @Override
  public final void writeCompressed(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    boolean whole = length % clusterSize() == 0 || guestOffset + length == virtualSize();
    if (guestOffset % clusterSize() != 0 || !whole) {
      throw new IllegalArgumentException(
          length + " bytes at " + guestOffset + " are no whole clusters");
    }
    if (begins(guestOffset, length)) {
      putCompressed(guestOffset, source, offset, length);
    }
  }

  @Override
  public final void resize(long virtualSize, boolean mayShrink) throws IOException {
    if (virtualSize < 0 || virtualSize % SECTOR != 0) {
      throw new InvalidOptionException("The new size must be a multiple of 512");
    }
    requireChangeable();
    if (virtualSize < virtualSize() && !mayShrink) {
      throw new InvalidOptionException("Use the --shrink option to perform a shrink operation.");
    }
    if (virtualSize != virtualSize()) {
      changeSize(virtualSize);
    }
  }

  @Override
  public final void flush() throws IOException {
    requireChangeable();
    sync();
  }

  @Override
  public final void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    Closing.all(
        lost == null
            ? List.<Closeable>of(this::finish, this::release)
            : List.<Closeable>of(this::release));
  }

  /** Gives up the target; a driver that holds more files gives up these, too. */
  protected void release() throws IOException {
    target.close();
  }

  @Override
  public final ImageInfo info() {
    return view().info();
  }

  @Override
  public final long virtualSize() {
    return view().virtualSize();
  }

  @Override
  public final long clusterSize() {
    return view().clusterSize();
  }

  @Override
  public final ExtentCursor extents(long from, long to, IoCounters io) throws IOException {
    return view().extents(from, to, io);
  }

  @Override
  public final AllocationSummary allocation(IoCounters io) throws IOException {
    return view().allocation(io);
  }

  @Override
  public final AllocationSummary mapped(IoCounters io) throws IOException {
    return view().mapped(io);
  }

  @Override
  public final List<StoredInput> inputs() throws IOException {
    return view().inputs();
  }

  @Override
  public final ClusterReader reader(IoCounters io) throws IOException {
    return view().reader(io);
  }

  @Override
  public final List<SnapshotInfo> snapshots() throws IOException {
    return view().snapshots();
  }

  @Override
  public final DiskImage at(String snapshot) throws IOException {
    return view().at(snapshot);
  }

  @Override
  public final List<Reference> parents(IoCounters io) throws IOException {
    return view().parents(io);
  }

  @Override
  public final DiskImage below(DiskImage parent) {
    return view().below(parent);
  }

  @Override
  public final List<Reference> references(IoCounters io) throws IOException {
    return view().references(io);
  }

  @Override
  public final List<BitmapInfo> bitmaps(IoCounters io) throws IOException {
    return view().bitmaps(io);
  }

  @Override
  public final DirtyRanges dirtyRanges(String bitmap, long from, long to, IoCounters io)
      throws IOException {
    return view().dirtyRanges(bitmap, from, to, io);
  }
}
