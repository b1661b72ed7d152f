package io.diskimage.format.crypt;

/**
 * XTS (IEEE 1619): the first half of the key encrypts blocks, the second the vector, whose
 * multiples are added to the blocks before and after.
 */
final class XtsSectors extends AesSectors {
  /** The polynomial that multiples of the vector are reduced by. */
  private static final long REDUCTION = 0x87;

  private final AesBlocks blocks;
  private final AesBlocks tweak;
  private final byte[] tweaks = scratch();
  private final byte[] sums = scratch();

  private XtsSectors(AesBlocks blocks, byte[] key, SectorIv iv) {
    super(iv);
    this.blocks = blocks;
    this.tweak = AesBlocks.encrypting(key, key.length / 2, key.length);
  }

  static XtsSectors encrypting(byte[] key, SectorIv iv) {
    return new XtsSectors(AesBlocks.encrypting(key, 0, key.length / 2), key, iv);
  }

  static XtsSectors decrypting(byte[] key, SectorIv iv) {
    return new XtsSectors(AesBlocks.decrypting(key, 0, key.length / 2), key, iv);
  }

  @Override
  void transformPortion(byte[] bytes, int offset, int sectors, byte[] vectors) {
    tweak.transform(vectors, 0, sectors * AesBlocks.BLOCK, vectors, 0);
    for (int sector = 0; sector < sectors; sector++) {
      addTweaks(
          bytes,
          offset + sector * SECTOR,
          sector * SECTOR,
          word(vectors, sector * AesBlocks.BLOCK),
          word(vectors, sector * AesBlocks.BLOCK + 8));
    }
    blocks.transform(sums, 0, sectors * SECTOR, bytes, offset);
    xor(bytes, offset, tweaks, 0, sectors * SECTOR);
  }

  /** Of one sector: its tweaks, and the sums of these and the encrypted blocks. */
  private void addTweaks(byte[] bytes, int from, int at, long lowOfFirst, long highOfFirst) {
    long low = lowOfFirst;
    long high = highOfFirst;
    for (int i = 0; i < SECTOR; i += AesBlocks.BLOCK) {
      word(tweaks, at + i, low);
      word(tweaks, at + i + 8, high);
      word(sums, at + i, word(bytes, from + i) ^ low);
      word(sums, at + i + 8, word(bytes, from + i + 8) ^ high);
      long carry = high >> 63;
      high = high << 1 | low >>> 63;
      low = low << 1 ^ (carry & REDUCTION);
    }
  }
}
