package io.diskimage.format.qcow2;

import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.List;

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
  private final IoCounters io;
  private final int clusterBits;
  private final List<Range> fixed;

  /** Metadata whose place does not change while the image is open. */
  record Range(MetadataArea area, long from, long length) {
    boolean meets(long hostOffset, long bytes) {
      return from < hostOffset + bytes && hostOffset < from + length;
    }
  }

  OverlapGuard(
      CorruptionMark mark,
      ActiveL1 l1,
      Refcounts refcounts,
      List<Range> fixed,
      int clusterBits,
      IoCounters io) {
    this.mark = mark;
    this.l1 = l1;
    this.refcounts = refcounts;
    this.fixed = fixed;
    this.clusterBits = clusterBits;
    this.io = io;
  }

  /**
   * Refuses a write that would change metadata of another kind.
   *
   * @param meant kind that is written, {@link #NONE} for guest data
   */
  void requireNoOverlap(MetadataArea meant, long hostOffset, long length) throws IOException {
    for (MetadataArea area : MetadataArea.values()) {
      if (area != meant && meets(area, hostOffset, length)) {
        throw mark.event(
            hostOffset, "Preventing invalid write on metadata (overlaps with " + area.text() + ")");
      }
    }
  }

  private boolean meets(MetadataArea area, long hostOffset, long length) throws IOException {
    return switch (area) {
      case ACTIVE_L1 ->
          new Range(area, l1.offset(), l1.entries() * L1Table.ENTRY_BYTES)
              .meets(hostOffset, length);
      case REFCOUNT_TABLE ->
          new Range(area, refcounts.tableOffset(), refcounts.tableClusters() << clusterBits)
              .meets(hostOffset, length);
      case ACTIVE_L2 -> meetsL2(hostOffset, length);
      case REFCOUNT_BLOCK -> meetsBlock(hostOffset, length);
      default -> {
        boolean meets = false;
        for (Range range : fixed) {
          meets |= range.area() == area && range.meets(hostOffset, length);
        }
        yield meets;
      }
    };
  }

  private boolean meetsL2(long hostOffset, long length) throws IOException {
    L1Table tables = l1.reader(io);
    for (long i = 0; i < l1.entries(); i++) {
      long table = tables.l2Offset(i);
      if (table != 0 && table < hostOffset + length && hostOffset < table + (1L << clusterBits)) {
        return true;
      }
    }
    return false;
  }

  private boolean meetsBlock(long hostOffset, long length) {
    for (int i = 0; i < refcounts.tableEntries(); i++) {
      long block = refcounts.blockAt(i);
      if (block != 0 && block < hostOffset + length && hostOffset < block + (1L << clusterBits)) {
        return true;
      }
    }
    return false;
  }
}
