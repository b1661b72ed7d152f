package io.diskimage.format.vhd;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;
import java.util.Arrays;

/**
 * The stored blocks of a table in the order of their places in the file, those of one place in the
 * order of the table. What does not fit the memory budget at once is gathered range by range, each
 * by a walk over the table, in the same order.
 */
final class HostOrder {
  private static final int INDEX_BITS = 29;
  private static final int BUCKETS = 4096;

  private final ImageInput input;
  private final IoCounters io;
  private final Progress progress;
  private final DiskLayout layout;
  private final long stored;
  private final int capacity;
  private final long keysEnd;

  /** Takes blocks in ascending order, batch by batch. */
  @FunctionalInterface
  interface Batch {
    /**
     * The next blocks.
     *
     * @param keys see {@link #entry} and {@link #index}; only good during the call
     */
    void take(long[] keys, int count) throws IOException;
  }

  /** Hears how far a walk over the table is. */
  @FunctionalInterface
  interface Progress {
    void at(long entry, long entries) throws IOException;
  }

  /**
   * The order of a table's blocks.
   *
   * @param stored how many of its entries are {@link DiskLayout.Place#isStored() stored}, or more
   * @param memoryBudget bytes
   */
  HostOrder(
      ImageInput input,
      DiskLayout layout,
      long stored,
      long memoryBudget,
      IoCounters io,
      Progress progress) {
    this.input = input;
    this.io = io;
    this.progress = progress;
    this.layout = layout;
    this.stored = stored;
    long affordable = Math.max(1, memoryBudget / Long.BYTES);
    this.capacity = (int) Math.min(Math.min(stored, affordable), Integer.MAX_VALUE / Long.BYTES);
    this.keysEnd = layout.sectorsInFile() << INDEX_BITS;
  }

  /** The order as a check walks it. */
  static HostOrder of(CheckRun run, DiskLayout layout, long stored) {
    return new HostOrder(run.input(), layout, stored, run.memoryBudget(), run.io(), run::progress);
  }

  /** The sector of a block's bitmap. */
  static long entry(long key) {
    return key >>> INDEX_BITS;
  }

  /** The place of a block in the table. */
  static long index(long key) {
    return key & ((1L << INDEX_BITS) - 1);
  }

  void walk(Batch batch) throws IOException {
    if (stored == 0) {
      return;
    }
    long[] keys = new long[capacity];
    long from = 0;
    while (from < keysEnd) {
      long to = stored <= capacity ? keysEnd : rangeEnd(from);
      int count = gather(from, to, keys);
      Arrays.sort(keys, 0, count);
      batch.take(keys, count);
      from = to;
    }
  }

  /** How far a range can go for its blocks to fit: keys are unique, so some range always does. */
  private long rangeEnd(long from) throws IOException {
    long to = keysEnd;
    while (true) {
      long width = (to - from - 1) / BUCKETS + 1;
      long[] counts = histogram(from, to, width);
      int fits = 0;
      long sum = counts[0];
      while (sum <= capacity && fits < BUCKETS) {
        fits++;
        sum += fits < BUCKETS ? counts[fits] : 0;
      }
      if (fits > 0) {
        return Math.min(to, from + fits * width);
      }
      to = from + width;
    }
  }

  private long[] histogram(long from, long to, long width) throws IOException {
    long[] counts = new long[BUCKETS];
    each(from, to, key -> counts[(int) ((key - from) / width)]++);
    return counts;
  }

  private int gather(long from, long to, long[] keys) throws IOException {
    int[] count = {0};
    each(
        from,
        to,
        key -> {
          if (count[0] == keys.length) {
            throw new ImageChangedException(
                input.location(),
                layout.table().hostOffset(),
                "changed while reading: its block table was another one before");
          }
          keys[count[0]++] = key;
        });
    return count[0];
  }

  @FunctionalInterface
  private interface KeyVisitor {
    void key(long key) throws IOException;
  }

  private void each(long from, long to, KeyVisitor visitor) throws IOException {
    EntryTable table = layout.table();
    for (long first = 0; first < table.entries(); first = table.pageEnd(first)) {
      progress.at(first, table.entries());
      byte[] page = table.page(first, io);
      long end = table.pageEnd(first);
      for (long index = first; index < end; index++) {
        long entry = DiskLayout.entry(page, first, index);
        long key = entry << INDEX_BITS | index;
        if (entry != BlockTable.NOT_ALLOCATED
            && key >= from
            && key < to
            && layout.place(entry).isStored()) {
          visitor.key(key);
        }
      }
    }
  }
}
