package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;

/**
 * The fixed part of a dirty bitmap section as it stands in the file (parallels.md section 1.4).
 *
 * @param sectors size of the disk it covers, unsigned
 * @param granularity sectors per bit
 * @param tableEntries entries of the L1 table behind this part
 */
record DirtyBitmap(long sectors, long granularity, long tableEntries) {
  static final int BYTES = 32;

  static DirtyBitmap parse(byte[] bytes) {
    return new DirtyBitmap(Bytes.u64le(bytes, 0), Bytes.u32le(bytes, 24), Bytes.u32le(bytes, 28));
  }

  long granularityBytes() {
    return granularity * 512;
  }

  /** A power of two that fits 32 bits in bytes. */
  boolean hasValidGranularity() {
    return Long.bitCount(granularity) == 1 && granularityBytes() <= 0xffff_ffffL;
  }

  /** Entries that the serialised bits need; with that many none covers more than the disk has. */
  long expectedTableEntries(long clusterBytes) {
    long bits = ceilDiv(sectors, granularity);
    return ceilDiv(ceilDiv(bits, 64) * 8, clusterBytes);
  }

  private static long ceilDiv(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }
}
