package io.diskimage.format.crypt;

/**
 * CTR, the same in both directions: each sector counts on from its vector, which is a big-endian
 * number of 128 bits.
 */
final class CtrSectors extends AesSectors {
  private final AesBlocks blocks;
  private final byte[] counters = scratch();

  CtrSectors(byte[] key, SectorIv iv) {
    super(iv);
    this.blocks = AesBlocks.encrypting(key, 0, key.length);
  }

  @Override
  void transformPortion(byte[] bytes, int offset, int sectors, byte[] vectors) {
    for (int sector = 0; sector < sectors; sector++) {
      count(
          sector * SECTOR,
          Long.reverseBytes(word(vectors, sector * AesBlocks.BLOCK)),
          Long.reverseBytes(word(vectors, sector * AesBlocks.BLOCK + 8)));
    }
    blocks.transform(counters, 0, sectors * SECTOR, counters, 0);
    xor(bytes, offset, counters, 0, sectors * SECTOR);
  }

  private void count(int at, long highOfFirst, long lowOfFirst) {
    long high = highOfFirst;
    long low = lowOfFirst;
    for (int i = 0; i < BLOCKS_PER_SECTOR; i++) {
      word(counters, at + i * AesBlocks.BLOCK, Long.reverseBytes(high));
      word(counters, at + i * AesBlocks.BLOCK + 8, Long.reverseBytes(low));
      low++;
      high += low == 0 ? 1 : 0;
    }
  }
}
