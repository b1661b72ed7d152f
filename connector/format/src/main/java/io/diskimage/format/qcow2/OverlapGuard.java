package io.diskimage.format.qcow2;

import java.io.IOException;

/**
 * Keeps writes off metadata that they are not meant for (qcow2.md section 5.10, template {@code
 * cached}). No sound image has such a write; in a damaged one an entry may point anywhere.
 */
final class OverlapGuard {
  /** What a write of guest data is meant for. */
  static final MetadataArea NONE = null;

  private final CorruptionMark mark;
  private final ActiveL1 l1;
  private final Refcounts refcounts;
  private final FixedAreas fixed;
  private final int clusterBits;

  OverlapGuard(
      CorruptionMark mark, ActiveL1 l1, Refcounts refcounts, FixedAreas fixed, int clusterBits) {
    this.mark = mark;
    this.l1 = l1;
    this.refcounts = refcounts;
    this.fixed = fixed;
    this.clusterBits = clusterBits;
  }

  /**
   * Refuses a write to a cluster that has metadata of another kind.
   *
   * @param meant kind that is written, {@link #NONE} for guest data
   * @param length at least 1
   */
  void requireNoOverlap(MetadataArea meant, long hostOffset, long length) throws IOException {
    long clusterSize = 1L << clusterBits;
    long from = hostOffset & -clusterSize;
    long to = (hostOffset + length + clusterSize - 1) & -clusterSize;
    for (MetadataArea area : MetadataArea.values()) {
      if (area != meant && meets(area, from, to)) {
        throw mark.event(
            hostOffset, "Preventing invalid write on metadata (overlaps with " + area.text() + ")");
      }
    }
  }

  private boolean meets(MetadataArea area, long from, long to) throws IOException {
    return switch (area) {
      case ACTIVE_L1 -> l1.offset() < to && from < l1.offset() + l1.entries() * L1Table.ENTRY_BYTES;
      case REFCOUNT_TABLE ->
          refcounts.tableOffset() < to
              && from < refcounts.tableOffset() + (refcounts.tableClusters() << clusterBits);
      case ACTIVE_L2 -> l1.hasTableIn(from, to);
      case REFCOUNT_BLOCK -> refcounts.hasBlockIn(from, to);
      default -> fixed.meet(area, from, to);
    };
  }
}
