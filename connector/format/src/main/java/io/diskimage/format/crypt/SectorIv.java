package io.diskimage.format.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Makes the initialisation vectors of sectors out of their numbers. One per thread. */
final class SectorIv {
  private static final VarHandle LE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long mask;
  private final AesBlocks encryption;

  private SectorIv(long mask, AesBlocks encryption) {
    this.mask = mask;
    this.encryption = encryption;
  }

  /** {@code plain}: the low 32 bits of the number. */
  static SectorIv plain() {
    return new SectorIv(0xffff_ffffL, null);
  }

  /** {@code plain64}: the number. */
  static SectorIv plain64() {
    return new SectorIv(-1, null);
  }

  /**
   * {@code essiv}: the number, encrypted.
   *
   * @param salt digest of the volume's key
   */
  static SectorIv essiv(byte[] salt) {
    return new SectorIv(-1, AesBlocks.encrypting(salt, 0, salt.length));
  }

  /** Writes the vectors of neighbouring sectors one after another, 16 bytes each. */
  void fill(byte[] target, long firstSector, int sectors) {
    for (int i = 0; i < sectors; i++) {
      LE64.set(target, i * AesBlocks.BLOCK, (firstSector + i) & mask);
      LE64.set(target, i * AesBlocks.BLOCK + 8, 0L);
    }
    if (encryption != null) {
      encryption.transform(target, 0, sectors * AesBlocks.BLOCK, target, 0);
    }
  }
}
