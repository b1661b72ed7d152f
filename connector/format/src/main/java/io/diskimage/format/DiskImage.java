package io.diskimage.format;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * One opened layer: immutable and thread-safe. Guest offsets are bytes from the start of the
 * virtual disk. Tables are read lazily and cached within {@link Limits}; opening reads headers, and
 * mapping tables only where the format's validation needs them.
 */
public interface DiskImage extends Closeable {

  /** What the header says. */
  ImageInfo info();

  /** Size of the virtual disk in bytes, a multiple of 512. */
  long virtualSize();

  /** Unit of allocation in guest bytes, a multiple of 512; 64 KiB for formats without one. */
  long clusterSize();

  /**
   * The mapping of a guest range, in ascending order and without gaps, clipped to {@code [from,
   * to)}. Runs are not necessarily maximal: {@link MergedExtents} joins them as {@code qemu-img
   * map} does.
   *
   * @param from first guest byte, 0 to {@code to}
   * @param to end of the range, at most {@link #virtualSize()}
   * @param io counts the table reads
   * @throws UnsupportedImageException if the image has a feature whose mapping cannot be read
   */
  ExtentCursor extents(long from, long to, IoCounters io) throws IOException;

  /**
   * How much is stored where, counted from the tables once and then kept. Counts images that cannot
   * be read too.
   *
   * @param io counts the table reads
   */
  AllocationSummary allocation(IoCounters io) throws IOException;

  /**
   * An upper bound of {@link #allocation}: where there are more tables than the image keeps in
   * memory, what they could map, from their first level alone. The same where there are fewer, or
   * one level only.
   *
   * @param io counts the table reads
   */
  default AllocationSummary mapped(IoCounters io) throws IOException {
    return allocation(io);
  }

  /**
   * The files that hold the data, by {@link ExtentCursor#input()}: first the image's own. They are
   * the image's to close.
   *
   * @throws UnsupportedImageException if the image has a feature whose data cannot be read
   */
  List<StoredInput> inputs() throws IOException;

  /**
   * A reader of stored data for one thread.
   *
   * @param io counts its reads
   * @throws UnsupportedImageException if the image has a feature whose data cannot be read
   */
  default ClusterReader reader(IoCounters io) throws IOException {
    return new ClusterReader(inputs(), io);
  }

  /**
   * Internal snapshots in the order of the image; empty where there are none or the format has
   * none.
   */
  List<SnapshotInfo> snapshots() throws IOException;

  /**
   * The disk as it was at an internal snapshot, found by id, then by name: a view that shares this
   * image's input and caches and need not be closed. Its virtual size is the snapshot's own.
   *
   * @throws CorruptImageException if the snapshot's own fields are out of range
   * @throws SnapshotNotFoundException if there is none of that id or name
   */
  DiskImage at(String snapshot) throws IOException;

  /**
   * Names of the layer below, in the order in which they are tried; empty where what this layer
   * does not have reads as zero. With a target format, since nothing is probed below the top; what
   * a target id names has that {@link ImageInfo#imageId()}.
   *
   * @param io counts the reads of names that stand outside the header
   */
  default List<Reference> parents(IoCounters io) throws IOException {
    return List.of();
  }

  /**
   * How this layer sees the one below it: as it is, unless the format reads a parent otherwise than
   * a disk by itself.
   *
   * @param parent opened by one of {@link #parents}; closed with the result
   */
  default DiskImage below(DiskImage parent) {
    return parent;
  }

  /**
   * Every pointer out of the file, in the order of the file; none of them is followed. Known of
   * images that cannot be read too.
   *
   * @param io counts the reads of names that stand outside the header
   */
  default List<Reference> references(IoCounters io) throws IOException {
    return List.of();
  }

  /**
   * Persistent dirty bitmaps in the order of the image; empty where the format has none. Their bits
   * are not looked at.
   *
   * @param io counts the reads of their directory
   * @throws LimitExceededException if their names take more than {@link Limits#textBytes()}
   */
  default List<BitmapInfo> bitmaps(IoCounters io) throws IOException {
    return List.of();
  }

  /**
   * The runs of a persistent dirty bitmap. Known of images that cannot be read too, and of the
   * active disk also where this is a view of it at a snapshot.
   *
   * @param bitmap its name; of several the first
   * @param from first guest byte, 0 to {@code to}
   * @param to end of the range, at most the size of the active disk
   * @param io counts the reads
   * @throws BitmapNotFoundException if there is none of that name
   * @throws CorruptImageException if the bitmap cannot be loaded, or was not stored properly
   *     ({@link BitmapInfo#inUse()})
   */
  default DirtyRanges dirtyRanges(String bitmap, long from, long to, IoCounters io)
      throws IOException {
    throw new BitmapNotFoundException(
        inputs().get(0).input().location(),
        ImageException.NO_OFFSET,
        "no bitmap '" + bitmap + "': the format " + info().format() + " has none");
  }
}
