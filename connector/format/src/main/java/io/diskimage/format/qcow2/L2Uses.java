package io.diskimage.format.qcow2;

import java.util.Arrays;

/**
 * Distinct L2 tables by host offset, and how often L1 entries name each: a hash table of bounded
 * size, emptied when it is full.
 */
final class L2Uses {
  /** Bytes that an entry takes, with room for the hash table to stay loose. */
  static final int ENTRY_BYTES = 64;

  private static final int FIRST_SLOTS = 1024;
  private static final long FREE = -1;
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  private final int most;
  private long[] offsets;
  private long[] snapshots;
  private int[] active;
  private int[] indices;
  private int size;

  /**
   * A table in use.
   *
   * @param offset in the file, of any value that an entry can hold
   * @param active how many entries of the active L1 table name it
   * @param snapshots how many entries of snapshots' L1 tables do
   * @param index of the last of the active ones, -1 for none
   */
  record Use(long offset, int active, long snapshots, int index) {
    long times() {
      return active + snapshots;
    }
  }

  L2Uses(long budget) {
    this.most = (int) Math.max(FIRST_SLOTS, Math.min(1 << 19, budget / ENTRY_BYTES));
    clear();
  }

  private void clear() {
    size = 0;
    allocate(FIRST_SLOTS);
  }

  private void allocate(int slots) {
    offsets = new long[slots];
    Arrays.fill(offsets, FREE);
    snapshots = new long[slots];
    active = new int[slots];
    indices = new int[slots];
  }

  boolean full() {
    return size >= most;
  }

  /** Takes note of an L1 entry that names a table; {@code index} is -1 if it is not active. */
  void add(long offset, int index, long inSnapshots) {
    int slot = slot(offset);
    if (offsets[slot] == FREE) {
      if (size * 2 >= offsets.length) {
        grow();
        slot = slot(offset);
      }
      offsets[slot] = offset;
      indices[slot] = -1;
      size++;
    }
    snapshots[slot] += inSnapshots;
    if (index >= 0) {
      active[slot]++;
      indices[slot] = index;
    }
  }

  /** All uses, by offset; none are left. */
  Use[] drain() {
    Use[] uses = new Use[size];
    int n = 0;
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] != FREE) {
        uses[n++] = new Use(offsets[i], active[i], snapshots[i], indices[i]);
      }
    }
    clear();
    Arrays.sort(uses, (a, b) -> Long.compare(a.offset(), b.offset()));
    return uses;
  }

  private void grow() {
    long[] oldOffsets = offsets;
    long[] oldSnapshots = snapshots;
    int[] oldActive = active;
    int[] oldIndices = indices;
    allocate(oldOffsets.length * 2);
    for (int i = 0; i < oldOffsets.length; i++) {
      if (oldOffsets[i] != FREE) {
        int slot = slot(oldOffsets[i]);
        offsets[slot] = oldOffsets[i];
        snapshots[slot] = oldSnapshots[i];
        active[slot] = oldActive[i];
        indices[slot] = oldIndices[i];
      }
    }
  }

  private int slot(long offset) {
    int mask = offsets.length - 1;
    int slot = (int) ((offset * SPREAD) >>> 32) & mask;
    while (offsets[slot] != FREE && offsets[slot] != offset) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
