package io.diskimage.format.table;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.StoredInput;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * An image that is one file, stores its data as they are and has no internal snapshots. A driver
 * adds the mapping, and what stands against reading it.
 */
public abstract class SingleFileImage implements DiskImage {
  /** Unit of allocation of formats that have none. */
  private static final long NO_CLUSTER = 64 << 10;

  private final ImageInput input;
  private final ImageInfo info;
  private final KeptAllocation allocation = new KeptAllocation();

  /**
   * An image over its file.
   *
   * @param input closed with the image
   * @param info gives the virtual size and the cluster size
   */
  protected SingleFileImage(ImageInput input, ImageInfo info) {
    this.input = input;
    this.info = info;
  }

  /** The mapping of a range of the disk, also of an image that cannot be read. */
  protected abstract ExtentCursor mapping(long from, long to, IoCounters io);

  /**
   * The runs that count as stored: by default the whole mapping. A format whose mapping needs a
   * read for each block counts blocks.
   */
  protected ExtentCursor counted(IoCounters io) {
    return mapping(0, virtualSize(), io);
  }

  /**
   * Throws what stands against reading the image for its guest data.
   *
   * @throws ImageException always with the same text that opening it for reading gives
   */
  protected abstract void requireReadable() throws ImageException;

  @Override
  public final ImageInfo info() {
    return info;
  }

  @Override
  public final long virtualSize() {
    return info.virtualSize();
  }

  @Override
  public final long clusterSize() {
    return info.clusterSize() == null ? NO_CLUSTER : info.clusterSize();
  }

  @Override
  public final ExtentCursor extents(long from, long to, IoCounters io) throws ImageException {
    Objects.checkFromToIndex(from, to, virtualSize());
    requireReadable();
    return mapping(from, to, io);
  }

  @Override
  public final AllocationSummary allocation(IoCounters io) {
    return allocation.get(() -> AllocationSummary.count(counted(io), virtualSize(), clusterSize()));
  }

  @Override
  public final List<StoredInput> inputs() throws ImageException {
    requireReadable();
    return List.of(StoredInput.plain(input));
  }

  @Override
  public final List<SnapshotInfo> snapshots() {
    return List.of();
  }

  @Override
  public final DiskImage at(String snapshot) throws SnapshotNotFoundException {
    throw new SnapshotNotFoundException(
        input.location(),
        ImageException.NO_OFFSET,
        "no snapshot '" + snapshot + "': the format " + info.format() + " has none");
  }

  @Override
  public final void close() throws IOException {
    input.close();
  }
}
