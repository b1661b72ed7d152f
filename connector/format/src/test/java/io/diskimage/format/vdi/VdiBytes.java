package io.diskimage.format.vdi;

import io.diskimage.format.ImagePatch;
import java.util.Arrays;

/** Composes VDI images by vdi.md section 1. */
final class VdiBytes {
  static final int MIB = 1 << 20;
  static final int NONE = 0xffffffff;
  static final int DISCARDED = 0xfffffffe;
  static final int DYNAMIC = 1;
  static final int STATIC = 2;
  static final int OFFSET_DATA = 0x400;

  private VdiBytes() {}

  /** An image whose block map is given; stored block k has the content of seed k. */
  static byte[] image(int type, long diskSize, int... map) {
    int stored = 0;
    for (int entry : map) {
      stored = entry == NONE || entry == DISCARDED ? stored : Math.max(stored, entry + 1);
    }
    byte[] file = new byte[OFFSET_DATA + stored * MIB];
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .text(0, "<<< composed by a test >>>\n")
            .u32(0x40, 0xbeda107fL)
            .u32(0x44, 0x10001)
            .u32(0x48, 0x190)
            .u32(0x4c, type)
            .text(0x54, "a comment")
            .u32(0x154, 0x200)
            .u32(0x158, OFFSET_DATA)
            .u32(0x168, 512)
            .u64(0x170, diskSize)
            .u32(0x178, MIB)
            .u32(0x180, map.length)
            .u32(0x184, stored)
            // 00112233-4455-6677-8899-aabbccddeeff as vdi.md section 1.2 writes it.
            .u32(0x188, 0x00112233)
            .u16(0x18c, 0x4455)
            .u16(0x18e, 0x6677)
            .u32(0x190, 0xbbaa9988L)
            .u32(0x194, 0xffeeddccL)
            .u8(0x198, 1)
            .u32(0x1c8, 65)
            .u32(0x1cc, 16)
            .u32(0x1d0, 63)
            .u32(0x1d4, 512);
    for (int i = 0; i < map.length; i++) {
      patch.u32(0x200 + 4 * i, map[i]);
    }
    for (int block = 0; block < stored; block++) {
      patch.bytes(OFFSET_DATA + block * MIB, ImagePatch.content(block, MIB));
    }
    return file;
  }

  /** What the guest sees of {@link #image}. */
  static byte[] guest(int diskSize, int... map) {
    byte[] guest = new byte[map.length * MIB];
    for (int i = 0; i < map.length; i++) {
      if (map[i] != NONE && map[i] != DISCARDED) {
        System.arraycopy(ImagePatch.content(map[i], MIB), 0, guest, i * MIB, MIB);
      }
    }
    return Arrays.copyOf(guest, diskSize);
  }
}
