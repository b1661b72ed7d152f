package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.BitSet;

/**
 * The refcount table (qcow2.md section 1.6), whole: opening refuses one of more than 8 MiB. Its
 * entries are as stored.
 */
final class RefcountTable {
  static final RefcountTable NONE = new RefcountTable(new byte[0], 4, Qcow2Header.MIN_CLUSTER_BITS);

  static final long RESERVED_BITS = 0x1ff;

  /** A block that a cluster has no count in. */
  static final long ABSENT = 0;

  /** A block whose counts cannot be read, as its place is impossible. */
  static final long UNREADABLE = -1;

  private final byte[] stored;
  private final int entries;
  private final int order;
  private final int clusterBits;

  /** Blocks that the disk below failed to give. */
  private final BitSet failed = new BitSet();

  private RefcountTable(byte[] stored, int order, int clusterBits) {
    this.stored = stored;
    this.entries = withoutZerosBehind(stored);
    this.order = order;
    this.clusterBits = clusterBits;
  }

  static RefcountTable read(ImageInput input, IoCounters io, Qcow2Header header)
      throws IOException {
    long bytes = header.refcountTableClusters() * header.clusterSize();
    long offset = header.refcountTableOffset();
    // What lies behind the end of the file reads as zeros: entries without a block.
    int stored = (int) Math.max(0, Math.min(bytes, input.sectorLength() - offset)) & -Long.BYTES;
    byte[] table = new byte[stored];
    if (stored > 0) {
      io.metadataRead(input.readPadded(offset, table, 0, stored));
    }
    return new RefcountTable(table, (int) header.refcountOrder(), (int) header.clusterBits());
  }

  private static int withoutZerosBehind(byte[] stored) {
    int entries = stored.length / Long.BYTES;
    while (entries > 0 && Bytes.u64be(stored, (entries - 1) * Long.BYTES) == 0) {
      entries--;
    }
    return entries;
  }

  /** Number of entries up to the last one that is not 0. */
  int entries() {
    return entries;
  }

  /** An entry as stored. */
  long entry(int index) {
    return Bytes.u64be(stored, index * Long.BYTES);
  }

  /** Width of a count is 2 to this power, in bits. */
  int order() {
    return order;
  }

  /** The highest count there can be, unsigned. */
  long maximum() {
    return -1L >>> (64 - (1 << order));
  }

  /** A block counts 2 to this power clusters. */
  int blockBits() {
    return clusterBits + 3 - order;
  }

  /** Host offset of the block that counts a cluster, {@link #ABSENT} or {@link #UNREADABLE}. */
  long blockOf(long cluster) {
    return blockAt(cluster >>> blockBits());
  }

  /** Takes note that the block that counts a cluster could not be read. */
  void fail(long cluster) {
    failed.set((int) (cluster >>> blockBits()));
  }

  /** Host offset of a block by its place in the table, {@link #ABSENT} or {@link #UNREADABLE}. */
  long blockAt(long index) {
    if (index >= entries) {
      return ABSENT;
    }
    if (failed.get((int) index)) {
      return UNREADABLE;
    }
    long offset = entry((int) index) & ~RESERVED_BITS;
    long clusterSize = 1L << clusterBits;
    boolean readable = offset % clusterSize == 0 && HeaderChecks.addressable(offset, clusterSize);
    return readable ? offset : UNREADABLE;
  }
}
