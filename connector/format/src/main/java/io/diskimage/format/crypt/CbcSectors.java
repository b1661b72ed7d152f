package io.diskimage.format.crypt;

/**
 * Decrypts CBC of each sector by itself. A portion is decrypted as if it were one chain; only the
 * first block of each sector then has to change its predecessor for its vector.
 */
final class CbcSectors extends AesSectors {
  private final AesBlocks chain;
  private final byte[] encrypted = scratch();

  CbcSectors(byte[] key, SectorIv iv) {
    super(iv);
    this.chain = AesBlocks.unchaining(key, 0, key.length);
  }

  @Override
  void transformPortion(byte[] bytes, int offset, int sectors, byte[] vectors) {
    System.arraycopy(bytes, offset, encrypted, 0, sectors * SECTOR);
    chain.transform(encrypted, 0, sectors * SECTOR, bytes, offset);
    for (int sector = 0; sector < sectors; sector++) {
      int at = offset + sector * SECTOR;
      xor(bytes, at, vectors, sector * AesBlocks.BLOCK, AesBlocks.BLOCK);
      if (sector > 0) {
        xor(bytes, at, encrypted, sector * SECTOR - AesBlocks.BLOCK, AesBlocks.BLOCK);
      }
    }
  }
}
