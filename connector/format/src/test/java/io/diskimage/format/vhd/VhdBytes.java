package io.diskimage.format.vhd;

import io.diskimage.format.ImagePatch;
import java.util.Arrays;

/** Composes VHDs by vhd.md section 1. */
final class VhdBytes {
  static final int NONE = 0xffffffff;
  static final int BLOCK = 64 << 10;
  static final int TABLE_AT = 1536;
  static final int FIRST_BITMAP_AT = 4096;
  static final int FIXED = 2;
  static final int DYNAMIC = 3;
  static final int DIFFERENCING = 4;

  private static final int BITMAP = 512;
  private static final int CHECKSUM_AT = 64;
  private static final int HEADER_AT = 512;
  private static final int HEADER_BYTES = 1024;
  private static final int HEADER_CHECKSUM_AT = 36;

  private VhdBytes() {}

  /** A footer; the geometry says nothing, so that the current size counts for all creators. */
  static byte[] footer(int type, String creator, long size) {
    byte[] footer = new byte[512];
    ImagePatch.bigEndian(footer)
        .text(0, "conectix")
        .u32(8, 2)
        .u32(12, 0x10000)
        .u64(16, type == FIXED ? -1 : HEADER_AT)
        .u32(24, 800_000_000)
        .text(28, creator)
        .u16(32, 5)
        .u16(34, 3)
        .text(36, "Wi2k")
        .u64(40, size)
        .u64(48, size)
        .u16(56, 65535)
        .u8(58, 16)
        .u8(59, 255)
        .u32(60, type)
        .u64(68, 0x0011223344556677L)
        .u64(76, 0x8899aabbccddeeffL);
    sign(footer, 0, 512, CHECKSUM_AT);
    return footer;
  }

  /** A fixed disk of the content that a seed gives. */
  static byte[] fixed(int size) {
    byte[] file = new byte[size + 512];
    ImagePatch.bigEndian(file)
        .bytes(0, ImagePatch.content(1, size))
        .bytes(size, footer(FIXED, "win ", size));
    return file;
  }

  /**
   * A disk with a block table. Entries are numbers of stored blocks, which lie apart by their
   * bitmap; stored block k has the content of seed k.
   */
  static byte[] dynamic(int type, long size, int... table) {
    int stored = 0;
    for (int entry : table) {
      stored = Math.max(stored, entry + 1);
    }
    int end = FIRST_BITMAP_AT + stored * (BITMAP + BLOCK);
    byte[] file = new byte[end + 512];
    byte[] footer = footer(type, "win ", size);
    ImagePatch patch = ImagePatch.bigEndian(file).bytes(0, footer).bytes(end, footer);
    patch
        .text(HEADER_AT, "cxsparse")
        .u64(HEADER_AT + 8, -1)
        .u64(HEADER_AT + 16, TABLE_AT)
        .u32(HEADER_AT + 24, 0x10000)
        .u32(HEADER_AT + 28, table.length)
        .u32(HEADER_AT + 32, BLOCK);
    if (type == DIFFERENCING) {
      patch
          .u64(HEADER_AT + 40, 0x0123456789abcdefL)
          .u64(HEADER_AT + 48, 0x0f1e2d3c4b5a6978L)
          .u32(HEADER_AT + 56, 1234)
          .text(HEADER_AT + 64, "\0p\0a\0r\0e\0n\0t\0.\0v\0h\0d")
          .text(HEADER_AT + 576, "W2ru")
          .u32(HEADER_AT + 580, 512)
          .u32(HEADER_AT + 584, 20)
          .u64(HEADER_AT + 592, 2048);
    }
    sign(file, HEADER_AT, HEADER_BYTES, HEADER_CHECKSUM_AT);
    for (int i = 0; i < table.length; i++) {
      patch.u32(TABLE_AT + 4 * i, table[i] == NONE ? NONE : bitmapAt(table[i]) / 512);
    }
    for (int block = 0; block < stored; block++) {
      // No bit is set: QEMU reads stored blocks whatever their bitmap says.
      patch.bytes(bitmapAt(block) + BITMAP, ImagePatch.content(block, BLOCK));
    }
    return file;
  }

  /** Sets all bits of the stored blocks of {@link #dynamic}. */
  static byte[] full(byte[] file) {
    for (int at = FIRST_BITMAP_AT; at < file.length - 512; at += BITMAP + BLOCK) {
      Arrays.fill(file, at, at + BLOCK / 4096, (byte) 0xff);
    }
    return file;
  }

  /**
   * Makes a disk of {@link #dynamic} one of XenServer with a batmap (vhd.md section 9.3).
   *
   * @param version of the creator: major in the upper half
   * @param bits of the map
   */
  static byte[] withBatmap(byte[] file, int version, int... bits) {
    int headerAt = TABLE_AT + 512;
    int mapAt = headerAt + 512;
    ImagePatch patch = ImagePatch.bigEndian(file);
    for (int footer : new int[] {0, file.length - 512}) {
      patch.text(footer + 28, "tap\0").u32(footer + 32, version);
    }
    int sum = 0;
    for (int i = 0; i < bits.length; i++) {
      patch.u8(mapAt + i, bits[i]);
      sum += version == 0x10001 ? (byte) bits[i] : bits[i];
    }
    patch
        .text(headerAt, "tdbatmap")
        .u64(headerAt + 8, mapAt)
        .u32(headerAt + 16, 1)
        .u32(headerAt + 20, version == 0x10001 ? version : 0x10002)
        .u32(headerAt + 24, ~sum);
    sign(file);
    signTail(file);
    return file;
  }

  private static int bitmapAt(int block) {
    return FIRST_BITMAP_AT + block * (BITMAP + BLOCK);
  }

  /** What the guest sees of {@link #dynamic}. */
  static byte[] guest(int size, int... table) {
    byte[] guest = new byte[table.length * BLOCK];
    for (int i = 0; i < table.length; i++) {
      if (table[i] != NONE) {
        System.arraycopy(ImagePatch.content(table[i], BLOCK), 0, guest, i * BLOCK, BLOCK);
      }
    }
    return Arrays.copyOf(guest, size);
  }

  /** Makes the checksums at the start of a file, and of a footer at its end, right again. */
  static void sign(byte[] file) {
    sign(file, 0, 512, CHECKSUM_AT);
    if (file.length >= HEADER_AT + HEADER_BYTES + 512) {
      sign(file, HEADER_AT, HEADER_BYTES, HEADER_CHECKSUM_AT);
    }
  }

  /** Makes the checksum of a footer at the end right again. */
  static void signTail(byte[] file) {
    sign(file, file.length - 512, 512, CHECKSUM_AT);
  }

  private static void sign(byte[] file, int from, int length, int checksumAt) {
    ImagePatch.bigEndian(file).u32(from + checksumAt, 0);
    long sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += file[i] & 0xff;
    }
    ImagePatch.bigEndian(file).u32(from + checksumAt, ~sum);
  }
}
