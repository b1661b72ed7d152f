package io.diskimage.format.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Sectors encrypted by AES in one of its modes: portions of many sectors, by few calls each. */
abstract class AesSectors {
  static final int SECTOR = 512;
  static final int BLOCKS_PER_SECTOR = SECTOR / AesBlocks.BLOCK;

  /** A portion and its scratch arrays stay in the processor's second cache. */
  private static final int PORTION = 64;

  private static final VarHandle LE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final SectorIv iv;
  private final byte[] ivs = new byte[PORTION * AesBlocks.BLOCK];

  /**
   * For sectors of vectors.
   *
   * @param iv null if the mode has none
   */
  AesSectors(SectorIv iv) {
    this.iv = iv;
  }

  /** An array as large as the sectors of a portion. */
  static byte[] scratch() {
    return new byte[PORTION * SECTOR];
  }

  /** Encrypts or decrypts neighbouring sectors in place, by the number of the first. */
  final void transform(byte[] bytes, int offset, int length, long firstSector) {
    if (length % SECTOR != 0) {
      throw new IllegalArgumentException(length + " bytes are no whole sectors");
    }
    for (int done = 0; done < length; done += PORTION * SECTOR) {
      int sectors = Math.min(PORTION, (length - done) / SECTOR);
      if (iv != null) {
        iv.fill(ivs, firstSector + done / SECTOR, sectors);
      }
      transformPortion(bytes, offset + done, sectors, ivs);
    }
  }

  /**
   * Encrypts or decrypts a portion in place.
   *
   * @param vectors of its sectors, 16 bytes each; free to be changed
   */
  abstract void transformPortion(byte[] bytes, int offset, int sectors, byte[] vectors);

  static long word(byte[] bytes, int at) {
    return (long) LE64.get(bytes, at);
  }

  static void word(byte[] bytes, int at, long value) {
    LE64.set(bytes, at, value);
  }

  /** Adds {@code length} bytes, a multiple of 8, of one array to those of another. */
  static void xor(byte[] target, int at, byte[] addend, int addendAt, int length) {
    for (int i = 0; i < length; i += 8) {
      word(target, at + i, word(target, at + i) ^ word(addend, addendAt + i));
    }
  }
}
