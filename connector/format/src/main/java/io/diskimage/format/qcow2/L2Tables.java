package io.diskimage.format.qcow2;

/**
 * Bit layout of L2 entries, standard and extended, and of compressed descriptors (qcow2.md sections
 * 1.4 and 1.5).
 */
final class L2Tables {
  static final int ENTRY_BYTES = 8;
  static final int EXTENDED_ENTRY_BYTES = 16;
  static final int SUBCLUSTERS = 32;

  /** Of an entry that is not compressed. */
  static final long RESERVED_BITS = 0x3f00_0000_0000_01feL;

  private static final long COPIED = 1L << 63;
  private static final long COMPRESSED = 1L << 62;
  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
  private static final long ZERO = 1;
  private static final long ALL_ALLOCATED_BITS = 0xffff_ffffL;
  private static final long ALL_ZERO_BITS = ALL_ALLOCATED_BITS << SUBCLUSTERS;

  private L2Tables() {}

  /** Entry of a cluster that this table alone uses. */
  static long normal(long hostOffset) {
    return hostOffset | COPIED;
  }

  /** A standard entry that reads as zero, whatever it stores. */
  static long asZero(long entry) {
    return entry | ZERO;
  }

  /**
   * Entry of a compressed stream (qcow2.md section 1.5).
   *
   * @param hostOffset of its first byte
   * @param length bytes, at least 1
   */
  static long compressed(long hostOffset, int length, int clusterBits) {
    long additionalSectors = (hostOffset + length - 1) / 512 - hostOffset / 512;
    return COMPRESSED | additionalSectors << offsetBits(clusterBits) | hostOffset;
  }

  /** Bitmap of an extended entry with such stored subclusters and such that read as zero. */
  static long bitmap(int stored, int zero) {
    return Integer.toUnsignedLong(stored) | (long) zero << SUBCLUSTERS;
  }

  /** The stored subclusters of a bitmap, one bit each. */
  static int storedIn(long bitmap) {
    return (int) bitmap;
  }

  /** The subclusters of a bitmap that read as zero, one bit each. */
  static int zeroIn(long bitmap) {
    return (int) (bitmap >>> SUBCLUSTERS);
  }

  static boolean compressed(long entry) {
    return (entry & COMPRESSED) != 0;
  }

  /** Host offset of the cluster; not necessarily aligned. Not of compressed entries. */
  static long hostOffset(long entry) {
    return entry & OFFSET_MASK;
  }

  /**
   * Whether an entry may follow another one whose host offset is {@code step} bytes lower: past the
   * highest offset the sum would carry into reserved bits.
   */
  static boolean continues(long entry, long step) {
    return step == 0 || hostOffset(entry) != 0;
  }

  /** Whether a standard entry reads as zero. Not of compressed or extended entries. */
  static boolean zero(long entry) {
    return (entry & ZERO) != 0;
  }

  static boolean copied(long entry) {
    return (entry & COPIED) != 0;
  }

  /** Host byte offset of a compressed stream. */
  static long streamOffset(long entry, int clusterBits) {
    return entry & ((1L << offsetBits(clusterBits)) - 1);
  }

  /** Bytes the decoder may read of a compressed stream; it may end earlier. */
  static int streamLength(long entry, int clusterBits) {
    int offsetBits = offsetBits(clusterBits);
    int sectorMask = (1 << (clusterBits - 8)) - 1;
    int additionalSectors = (int) (entry >>> offsetBits) & sectorMask;
    return (additionalSectors + 1) * 512 - (int) (streamOffset(entry, clusterBits) % 512);
  }

  private static int offsetBits(int clusterBits) {
    return 62 - (clusterBits - 8);
  }

  /** Whether subcluster i of an extended entry is stored. */
  static boolean subclusterAllocated(long bitmap, int i) {
    return (bitmap >>> i & 1) != 0;
  }

  /** Whether subcluster i of an extended entry reads as zero. */
  static boolean subclusterZero(long bitmap, int i) {
    return (bitmap >>> (SUBCLUSTERS + i) & 1) != 0;
  }

  /** Bitmap of an entry whose subclusters are all in the state of subcluster i of another one. */
  static long uniformBitmap(long bitmap, int i) {
    return (subclusterAllocated(bitmap, i) ? ALL_ALLOCATED_BITS : 0)
        | (subclusterZero(bitmap, i) ? ALL_ZERO_BITS : 0);
  }

  /** Subcluster behind the run of those that are in the state of subcluster i, at most 32. */
  static int subclusterRunEnd(long bitmap, int i) {
    long unlike = bitmap ^ uniformBitmap(bitmap, i);
    long unlikeInEither = (unlike | unlike >>> SUBCLUSTERS) & ALL_ALLOCATED_BITS;
    return Math.min(SUBCLUSTERS, i + Long.numberOfTrailingZeros(unlikeInEither >>> i));
  }

  /** Whether any subcluster is marked as stored. */
  static boolean anyAllocated(long bitmap) {
    return (bitmap & ALL_ALLOCATED_BITS) != 0;
  }

  /** Whether a subcluster is marked both as stored and as zero. */
  static boolean conflicting(long bitmap) {
    return (bitmap >>> SUBCLUSTERS & bitmap & ALL_ALLOCATED_BITS) != 0;
  }
}
