package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * The counts of an image that is written, and the table of their blocks (qcow2.md section 1.6). The
 * table, at most 8 MiB, is held whole; its changes wait until {@link #storeTable}. A count is never
 * below what the tables in the file and those in memory need, so blocks may be written any time.
 */
final class Refcounts {
  private static final long ENTRY_BYTES = Long.BYTES;

  private final CorruptionMark mark;
  private final MetadataCache cache;
  private final IoCounters io;
  private final RefcountWidth width;
  private final int clusterBits;
  private final int blockBits;
  private final TableClusters blocks;

  private long[] table;
  private long tableOffset;

  /** Entries that the file does not have: none if {@code changedFrom == changedTo}. */
  private int changedFrom;

  private int changedTo;
  private boolean moved;

  Refcounts(CorruptionMark mark, Qcow2Header header, MetadataCache cache, IoCounters io) {
    this.mark = mark;
    this.cache = cache;
    this.io = io;
    this.width = new RefcountWidth((int) header.refcountOrder());
    this.clusterBits = (int) header.clusterBits();
    this.blockBits = clusterBits + 3 - width.order();
    this.blocks = new TableClusters(clusterBits, this::eachBlock);
    this.tableOffset = header.refcountTableOffset();
    this.table = new long[(int) (header.refcountTableClusters() << clusterBits >>> 3)];
  }

  /** Reads the table of an image that is there. */
  void load(ImageTarget target) throws IOException {
    byte[] stored = new byte[table.length * Long.BYTES];
    io.metadataRead(target.readPadded(tableOffset, stored, 0, stored.length));
    for (int i = 0; i < table.length; i++) {
      table[i] = Bytes.u64be(stored, i * Long.BYTES);
    }
  }

  /** The highest count there can be, unsigned. */
  long maximum() {
    return width.maximum();
  }

  /** Clusters that a block counts. */
  long blockEntries() {
    return 1L << blockBits;
  }

  /** Number of entries of the table. */
  int tableEntries() {
    return table.length;
  }

  long tableOffset() {
    return tableOffset;
  }

  long tableClusters() {
    return (table.length * ENTRY_BYTES) >>> clusterBits;
  }

  /** Number of entries up to the last block. */
  int blocks() {
    int blocks = table.length;
    while (blocks > 0 && blockAt(blocks - 1) == 0) {
      blocks--;
    }
    return blocks;
  }

  /** Host offset of a block, 0 for none. */
  long blockAt(int index) {
    return table[index] & ~RefcountTable.RESERVED_BITS;
  }

  /** Whether a block lies between the host offsets of two clusters. */
  boolean hasBlockIn(long from, long to) throws IOException {
    return blocks.meet(from, to);
  }

  private void eachBlock(LongConsumer visitor) {
    for (int i = 0; i < table.length; i++) {
      if (blockAt(i) != 0) {
        visitor.accept(blockAt(i));
      }
    }
  }

  /** Whether the clusters that one is counted with have a block. */
  boolean hasBlock(long cluster) {
    long index = cluster >>> blockBits;
    return index < table.length && blockAt((int) index) != 0;
  }

  /** The count of a cluster, unsigned; 0 where there is no block. */
  long count(long cluster) throws IOException {
    if (!hasBlock(cluster)) {
      return 0;
    }
    int within = (int) (cluster & (blockEntries() - 1));
    int at = width.at(within) & -cache.pageBytes();
    byte[] page = cache.page(block(cluster) + at, pageLength(at), io);
    return width.get(page, 0, within - firstIn(at));
  }

  /**
   * Sets the count of a cluster.
   *
   * @throws IllegalStateException if it has no block
   */
  void set(long cluster, long count) throws IOException {
    if (!hasBlock(cluster)) {
      throw new IllegalStateException("no refcount block for cluster " + cluster);
    }
    int within = (int) (cluster & (blockEntries() - 1));
    int place = width.at(within);
    int at = place & -cache.pageBytes();
    byte[] page =
        cache.change(
            MetadataArea.REFCOUNT_BLOCK,
            block(cluster) + at,
            pageLength(at),
            place - at,
            width.bytes(1),
            io);
    width.set(page, within - firstIn(at), count);
  }

  /** First cluster from one on that has the count 0. */
  long nextFree(long from) throws IOException {
    long cluster = from;
    while (hasBlock(cluster) && count(cluster) != 0) {
      cluster++;
    }
    return cluster;
  }

  private int firstIn(int at) {
    return (int) (((long) at << 3) >>> width.order());
  }

  private int pageLength(int at) {
    return Math.min(cache.pageBytes(), (1 << clusterBits) - at);
  }

  private long block(long cluster) throws CorruptImageException {
    int index = (int) (cluster >>> blockBits);
    long offset = blockAt(index);
    if ((offset & ((1L << clusterBits) - 1)) != 0) {
      throw mark.event(
          tableOffset + index * ENTRY_BYTES,
          String.format("Refblock offset 0x%x unaligned (reftable index: 0x%x)", offset, index));
    }
    return offset;
  }

  /** Makes a cluster a block of zeros; the clusters it counts have none. */
  void putBlock(int index, long hostOffset) {
    cache.create(MetadataArea.REFCOUNT_BLOCK, hostOffset, 1L << clusterBits);
    table[index] = hostOffset;
    blocks.add(hostOffset);
    boolean none = changedFrom == changedTo;
    changedFrom = none ? index : Math.min(changedFrom, index);
    changedTo = none ? index + 1 : Math.max(changedTo, index + 1);
  }

  /** Gives the table another, larger place. */
  void moveTable(long hostOffset, long clusters) {
    table = Arrays.copyOf(table, Math.toIntExact(clusters << clusterBits >>> 3));
    tableOffset = hostOffset;
    changedFrom = 0;
    changedTo = table.length;
    moved = true;
  }

  /** Whether the file lacks entries of the table. */
  boolean isTableChanged() {
    return changedFrom != changedTo;
  }

  /** Whether the header in the file names another place for the table. */
  boolean isTableMoved() {
    return moved;
  }

  /** Writes the changed entries, which count as changed until {@link #tableStored}. */
  void storeTable(ImageTarget target, OverlapGuard guard) throws IOException {
    byte[] entries = new byte[(changedTo - changedFrom) * Long.BYTES];
    for (int i = changedFrom; i < changedTo; i++) {
      Bytes.putU64be(entries, (i - changedFrom) * Long.BYTES, table[i]);
    }
    long at = tableOffset + changedFrom * ENTRY_BYTES;
    guard.requireNoOverlap(MetadataArea.REFCOUNT_TABLE, at, entries.length);
    target.write(at, entries, 0, entries.length);
  }

  /** The table in the file is as it is here, and the header names it. */
  void tableStored() {
    changedFrom = 0;
    changedTo = 0;
    moved = false;
  }
}
