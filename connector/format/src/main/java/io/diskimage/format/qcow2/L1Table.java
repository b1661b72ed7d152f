package io.diskimage.format.qcow2;

/** Bit layout of an L1 entry (qcow2.md section 1.4). */
final class L1Table {
  static final int ENTRY_BYTES = 8;

  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

  private L1Table() {}

  /** Host offset of the L2 table, 0 for none; not necessarily aligned. */
  static long l2Offset(long entry) {
    return entry & OFFSET_MASK;
  }
}
