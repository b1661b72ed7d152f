package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;

/** Counts of 2 to the power of {@code order} bits in an array (qcow2.md section 1.6). */
record RefcountWidth(int order) {

  /** The i-th count behind a position, unsigned. */
  long get(byte[] bytes, int position, int i) {
    return switch (order) {
      case 3 -> Bytes.u8(bytes, position + i);
      case 4 -> Bytes.u16be(bytes, position + 2 * i);
      case 5 -> Bytes.u32be(bytes, position + 4 * i);
      case 6 -> Bytes.u64be(bytes, position + 8 * i);
      default -> {
        int bit = i << order;
        int mask = (1 << (1 << order)) - 1;
        yield Bytes.u8(bytes, position + (bit >>> 3)) >>> (bit & 7) & mask;
      }
    };
  }
}
