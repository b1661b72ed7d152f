package io.diskimage.format.crypt;

/**
 * Encrypts CBC of each sector by itself. A block needs the one before it, but no other sector: the
 * blocks at one place in all sectors of a portion are encrypted by one call.
 */
final class CbcEncryption extends AesSectors {
  private final AesBlocks blocks;
  private final byte[] row = scratch();

  CbcEncryption(byte[] key, SectorIv iv) {
    super(iv);
    this.blocks = AesBlocks.encrypting(key, 0, key.length);
  }

  @Override
  void transformPortion(byte[] bytes, int offset, int sectors, byte[] vectors) {
    int length = sectors * AesBlocks.BLOCK;
    System.arraycopy(vectors, 0, row, 0, length);
    for (int at = 0; at < SECTOR; at += AesBlocks.BLOCK) {
      for (int sector = 0; sector < sectors; sector++) {
        int block = offset + sector * SECTOR + at;
        xor(row, sector * AesBlocks.BLOCK, bytes, block, AesBlocks.BLOCK);
      }
      blocks.transform(row, 0, length, row, 0);
      for (int sector = 0; sector < sectors; sector++) {
        int block = offset + sector * SECTOR + at;
        System.arraycopy(row, sector * AesBlocks.BLOCK, bytes, block, AesBlocks.BLOCK);
      }
    }
  }
}
