package io.diskimage.format.qcow2;

import io.diskimage.format.ImageChangedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * The counts that an image keeps (qcow2.md section 1.6), a piece of a block at a time. Blocks that
 * lie side by side are read together.
 */
final class RefcountBlocks {
  private static final int WINDOW = 256 << 10;

  private final CheckedImage image;
  private final RefcountTable table;
  private final RefcountWidth width;
  private byte[] window = new byte[0];
  private long windowFrom;
  private int windowLength;
  private int position;

  RefcountBlocks(CheckedImage image) {
    this.image = image;
    this.table = image.refcounts();
    this.width = new RefcountWidth(table.order());
  }

  /** What there is of counts asked for. */
  enum Stored {
    /** They can be looked at. */
    COUNTS,
    /** All are 0, as they have no block or lie behind the end of the file. */
    ZEROS,
    /** The disk below did not give them, or their block is nowhere. */
    UNREADABLE
  }

  /**
   * Turns to counts of one block.
   *
   * @param cluster first cluster counted, a multiple of 8
   * @param clusters how many, within the block
   */
  Stored turnTo(long cluster, int clusters) throws IOException {
    long block = table.blockOf(cluster);
    if (block == RefcountTable.ABSENT || block == RefcountTable.UNREADABLE) {
      return block == RefcountTable.ABSENT ? Stored.ZEROS : Stored.UNREADABLE;
    }
    long within = cluster & ((1L << table.blockBits()) - 1);
    long at = block + (within << table.order() >>> 3);
    int length = (int) ((((long) clusters << table.order()) + 7) >>> 3);
    if (!image.stores(at)) {
      return Stored.ZEROS;
    }
    if (at < windowFrom || at + length > windowFrom + windowLength) {
      try {
        read(at, Math.max(length, adjacent(block, cluster, at)));
      } catch (ImageChangedException | ClosedByInterruptException | InterruptedIOException ends) {
        throw ends;
      } catch (IOException unreadable) {
        table.fail(cluster);
        return Stored.UNREADABLE;
      }
    }
    position = (int) (at - windowFrom);
    return Stored.COUNTS;
  }

  /** Bytes from a place in a block on that count clusters one after another. */
  private int adjacent(long block, long cluster, long at) {
    long index = cluster >>> table.blockBits();
    long end = block + image.clusterSize();
    while (end - at < WINDOW && table.blockAt(++index) == end) {
      end += image.clusterSize();
    }
    long wanted = Math.max(0, image.clusters() + 1 - cluster);
    return (int) Math.min(Math.min(WINDOW, end - at), ((wanted << table.order()) + 7) >>> 3);
  }

  private void read(long at, int length) throws IOException {
    if (window.length < length) {
      window = new byte[length];
    }
    windowLength = 0;
    image.run().io().metadataRead(image.input().readPadded(at, window, 0, length));
    windowFrom = at;
    windowLength = length;
  }

  /** The bytes turned to. */
  byte[] bytes() {
    return window;
  }

  /** Where in {@link #bytes} the first count turned to begins. */
  int position() {
    return position;
  }

  /** The i-th count from the one turned to on, unsigned. */
  long count(int i) {
    return width.get(window, position, i);
  }

  /** The count of one cluster, or 0 if it cannot be read. */
  long countOf(long cluster) throws IOException {
    long first = cluster & -8L;
    return turnTo(first, 8) == Stored.COUNTS ? count((int) (cluster - first)) : 0;
  }
}
