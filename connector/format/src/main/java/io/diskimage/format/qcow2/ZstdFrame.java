package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;

/**
 * Where a zstd frame ends (RFC 8878, section 3.1). Of the zstd-jni releases that come with Spark,
 * the older ones cannot tell.
 */
final class ZstdFrame {
  private static final long MAGIC = 0xfd2fb528L;
  private static final long SKIPPABLE_MAGIC = 0x184d2a50L;
  private static final long SKIPPABLE_MASK = 0xfffffff0L;

  private static final int RLE_BLOCK = 1;
  private static final int RESERVED_BLOCK = 3;

  /** Bytes of the fields that two bits of the frame header descriptor stand for. */
  private static final int[] CONTENT_SIZE_BYTES = {0, 2, 4, 8};

  private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};

  private ZstdFrame() {}

  /**
   * Length in bytes of the frame that begins at {@code start}; -1 if none begins there or it does
   * not end before {@code end}. What is inside the blocks is not looked at.
   */
  static int length(byte[] source, int start, int end) {
    if (end - start < 8) {
      return -1;
    }
    long magic = Bytes.u32le(source, start);
    if ((magic & SKIPPABLE_MASK) == SKIPPABLE_MAGIC) {
      long length = 8 + Bytes.u32le(source, start + 4);
      return length <= end - start ? (int) length : -1;
    }
    return magic == MAGIC ? dataFrameLength(source, start, end) : -1;
  }

  private static int dataFrameLength(byte[] source, int start, int end) {
    int descriptor = source[start + 4];
    boolean singleSegment = (descriptor & 0x20) != 0;
    boolean checksum = (descriptor & 0x04) != 0;
    int contentSize = CONTENT_SIZE_BYTES[descriptor >> 6 & 3];
    // A single segment has no window descriptor, but always tells its size.
    int sizes = singleSegment ? Math.max(contentSize, 1) : contentSize + 1;
    int position = start + 5 + sizes + DICTIONARY_ID_BYTES[descriptor & 3];
    boolean last = false;
    while (!last) {
      if (end - position < 3) {
        return -1;
      }
      int header = Bytes.u16le(source, position) | (source[position + 2] & 0xff) << 16;
      int type = header >> 1 & 3;
      int stored = type == RLE_BLOCK ? 1 : header >> 3;
      if (type == RESERVED_BLOCK || stored > end - position - 3) {
        return -1;
      }
      position += 3 + stored;
      last = (header & 1) != 0;
    }
    int trailer = checksum ? 4 : 0;
    return trailer <= end - position ? position + trailer - start : -1;
  }
}
