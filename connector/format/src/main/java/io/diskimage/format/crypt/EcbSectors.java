package io.diskimage.format.crypt;

/** ECB: every block by itself, wherever it stands. */
final class EcbSectors extends AesSectors {
  private final AesBlocks blocks;

  EcbSectors(byte[] key) {
    super(null);
    this.blocks = AesBlocks.decrypting(key, 0, key.length);
  }

  @Override
  void decryptPortion(byte[] bytes, int offset, int sectors, byte[] vectors) {
    blocks.transform(bytes, offset, sectors * SECTOR, bytes, offset);
  }
}
