package io.diskimage.format;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads byte ranges of one layer's guest content. One per thread; closing it leaves the image open.
 */
public final class ImageContent implements Closeable {
  private final DiskImage image;
  private final IoCounters io;
  private final ClusterReader reader;
  private final ReadBatch batch = new ReadBatch();
  private final byte[][] target = new byte[1][];

  public ImageContent(DiskImage image, IoCounters io) throws IOException {
    this.image = image;
    this.io = io;
    this.reader = image.reader(io);
  }

  /**
   * Reads a range of the disk.
   *
   * @throws ReferenceDeniedException if part of it lies in a backing file or parent
   * @throws IOException if an entry cannot be followed, or data cannot be read or decoded
   */
  public void read(long guestOffset, byte[] into, int offset, int length) throws IOException {
    if (guestOffset < 0 || length < 0 || guestOffset > image.virtualSize() - length) {
      throw new IndexOutOfBoundsException(
          "range " + guestOffset + "+" + length + " of a disk of " + image.virtualSize());
    }
    Arrays.fill(into, offset, offset + length, (byte) 0);
    batch.clear();
    ExtentCursor runs = image.extents(guestOffset, guestOffset + length, io);
    while (runs.next()) {
      if (runs.failure() != null) {
        throw runs.failure();
      }
      if (runs.kind() == ExtentKind.BACKING) {
        throw new ReferenceDeniedException(
            reader.location(),
            ImageException.NO_OFFSET,
            "guest offset " + runs.offset() + " lies in a lower layer");
      }
      if (runs.kind().stored()) {
        batch.add(
            runs,
            runs.offset(),
            (int) runs.length(),
            0,
            offset + (int) (runs.offset() - guestOffset));
      }
    }
    target[0] = into;
    reader.read(batch, target);
    if (batch.failure(0) != null) {
      throw batch.failure(0);
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
