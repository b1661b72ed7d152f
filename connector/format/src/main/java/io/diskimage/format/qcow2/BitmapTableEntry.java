package io.diskimage.format.qcow2;

/** Bit layout of the entries of bitmap tables (qcow2.md section 1.8). */
final class BitmapTableEntry {
  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
  private static final long ALL_ONES = 1;

  private BitmapTableEntry() {}

  /** Host offset of the cluster with the bits, 0 for none; not necessarily aligned. */
  static long offset(long entry) {
    return entry & OFFSET_MASK;
  }

  /** Whether all bits are set; of a valid entry. */
  static boolean allOnes(long entry) {
    return entry == ALL_ONES;
  }

  /** Whether there are no reserved bits in it, and its offset is aligned. */
  static boolean isValid(long entry, long clusterSize) {
    return allOnes(entry)
        || ((entry & ~OFFSET_MASK) == 0 && (entry & OFFSET_MASK) % clusterSize == 0);
  }
}
