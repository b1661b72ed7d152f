package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;

/** Counts of 2 to the power of {@code order} bits in an array (qcow2.md section 1.6). */
record RefcountWidth(int order) {

  /** The highest count there can be, unsigned. */
  long maximum() {
    return -1L >>> (64 - (1 << order));
  }

  /** Byte that the i-th count begins in. */
  int at(int i) {
    return (int) ((long) i << order >>> 3);
  }

  /** Bytes that n counts from the start of a byte on take. */
  int bytes(int n) {
    return (int) ((((long) n << order) + 7) >>> 3);
  }

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

  /** Sets the i-th count of an array. */
  void set(byte[] bytes, int i, long count) {
    switch (order) {
      case 3 -> bytes[i] = (byte) count;
      case 4 -> Bytes.putU16be(bytes, 2 * i, (int) count);
      case 5 -> Bytes.putU32be(bytes, 4 * i, count);
      case 6 -> Bytes.putU64be(bytes, 8 * i, count);
      default -> {
        int bit = i << order;
        int mask = ((1 << (1 << order)) - 1) << (bit & 7);
        int at = bit >>> 3;
        bytes[at] = (byte) ((bytes[at] & ~mask) | (int) count << (bit & 7));
      }
    }
  }
}
