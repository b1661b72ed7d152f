package io.diskimage.format.qcow2;

import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/**
 * Entries side by side in an L2 table, alike but for their offsets, which are a cluster apart. One
 * object serves a whole walk.
 */
final class L2Run {
  private final CheckedImage image;
  private L2Uses.Use use;
  private int index;
  private long entry;
  private long length;

  L2Run(CheckedImage image) {
    this.image = image;
  }

  /** Begins with a table. */
  void in(L2Uses.Use table) {
    use = table;
  }

  /** Turns to a run of the table. */
  void set(int firstIndex, long firstEntry, long entries) {
    index = firstIndex;
    entry = firstEntry;
    length = entries;
  }

  /** Place of the first entry in its table. */
  int index() {
    return index;
  }

  /** The first entry as stored. */
  long entry() {
    return entry;
  }

  /** The i-th entry. */
  long entryAt(long i) {
    return entry + (i << image.clusterBits());
  }

  /** Number of entries. */
  long length() {
    return length;
  }

  /** How often the active disk has it. */
  int active() {
    return use.active();
  }

  /** How often the active disk and the snapshots have it. */
  long times() {
    return use.times();
  }

  /**
   * A finding about some of the entries, counted once for each use of each. The guest range is
   * known if the active disk uses the table once.
   */
  Finding.Draft draft(FindingKind kind, long from, long n) {
    int bytes = image.l2EntryBytes();
    Finding.Draft draft =
        Finding.of(kind)
            .host(use.offset() + (index + from) * bytes, n * bytes)
            .times(n * use.times());
    if (use.active() == 1) {
      long base = (long) use.index() << image.header().l2CoverageBits();
      draft.guest(base + ((index + from) << image.clusterBits()), n << image.clusterBits());
    }
    return draft;
  }

  /** A finding about all of them. */
  Finding.Draft draft(FindingKind kind) {
    return draft(kind, 0, length);
  }
}
