package io.diskimage.format.vdi;

import io.diskimage.format.ImageInput;

/**
 * Where blocks lie in a file (vdi.md sections 1.1 and 1.3), and which of them are there.
 *
 * @param start of block 0
 * @param stride from block to block: the block and its extra bytes
 * @param started blocks of which the file has a part, or all
 * @param whole blocks that lie wholly in the file
 */
record BlockPlaces(long start, long stride, long started, long whole) {

  static BlockPlaces of(VdiHeader header, ImageInput input) {
    long stride = header.stride();
    long bytes = Math.max(0, input.sectorLength() - header.offsetData());
    long whole = bytes / stride;
    return new BlockPlaces(
        header.offsetData(), stride, bytes % stride == 0 ? whole : whole + 1, whole);
  }

  /** Host offset of a block of which the file has a part, or of the one behind the last. */
  long place(long block) {
    return start + block * stride;
  }
}
