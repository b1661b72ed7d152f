package io.diskimage.format.crypt;

/** ECB: every block by itself, wherever it stands. */
final class EcbSectors extends AesSectors {
  private final AesBlocks blocks;

  EcbSectors(AesBlocks blocks) {
    super(null);
    this.blocks = blocks;
  }

  @Override
  void transformPortion(byte[] bytes, int offset, int sectors, byte[] vectors) {
    blocks.transform(bytes, offset, sectors * SECTOR, bytes, offset);
  }
}
