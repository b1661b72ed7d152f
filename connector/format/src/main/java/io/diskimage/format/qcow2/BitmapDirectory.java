package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import java.io.IOException;

/**
 * Validation of the directory of persistent bitmaps (qcow2.md section 1.8; row 29 of section 2).
 */
final class BitmapDirectory {
  private static final int FIXED_BYTES = 24;
  private static final long MAX_TABLE_ENTRIES = 0x8000000;
  private static final long MAX_BITMAP_BYTES = 0x20000000;
  private static final int MAX_NAME = 1023;
  private static final int MIN_GRANULARITY_BITS = 9;
  private static final int MAX_GRANULARITY_BITS = 31;
  private static final long FLAG_IN_USE = 1;
  private static final long KNOWN_FLAGS = 3;
  private static final int DIRTY_TRACKING = 1;

  private final ByteWindow bytes;
  private final Qcow2Header header;

  private BitmapDirectory(ByteWindow bytes, Qcow2Header header) {
    this.bytes = bytes;
    this.header = header;
  }

  /**
   * Walks the directory that the extension names; the number of steps is bounded by the count in
   * it.
   */
  static void validate(ByteWindow bytes, Qcow2Header header, HeaderExtensions extensions)
      throws IOException {
    new BitmapDirectory(bytes, header)
        .walk(
            extensions.bitmapDirectoryOffset(),
            extensions.bitmapDirectorySize(),
            extensions.bitmapCount());
  }

  private void walk(long offset, long size, int count) throws IOException {
    require(size > 0, offset, "Requested bitmap directory size is zero");
    long at = offset;
    long end = offset + size;
    int found = 0;
    while (at < end) {
      require(end - at >= FIXED_BYTES, at, "Broken bitmap directory");
      found++;
      require(found <= count, at, "More bitmaps found than specified in header extension");
      int nameLength = bytes.u16(at + 18);
      long extra = bytes.u32(at + 20);
      long next = at + (FIXED_BYTES + nameLength + extra + 7) / 8 * 8;
      require(next <= end, at, "Broken bitmap directory");
      require(extra == 0, at + 20, "Bitmap extra data is not supported");
      if (!satisfiesConstraints(at, nameLength)) {
        String name = bytes.text(at + FIXED_BYTES, Math.min(nameLength, MAX_NAME));
        throw new CorruptImageException(
            bytes.input().location(), at, "Bitmap '" + name + "' doesn't satisfy the constraints");
      }
      at = next;
    }
    require(found == count, offset, "Less bitmaps found than specified in header extension");
  }

  private boolean satisfiesConstraints(long at, int nameLength) throws IOException {
    long tableOffset = bytes.u64(at);
    long tableEntries = bytes.u32(at + 8);
    long flags = bytes.u32(at + 12);
    int granularityBits = bytes.u8(at + 17);
    long bitmapBytes = tableEntries * header.clusterSize();
    return tableOffset != 0
        && tableOffset % header.clusterSize() == 0
        && tableEntries > 0
        && tableEntries <= MAX_TABLE_ENTRIES
        && bitmapBytes <= MAX_BITMAP_BYTES
        && (flags & ~KNOWN_FLAGS) == 0
        && bytes.u8(at + 16) == DIRTY_TRACKING
        && granularityBits >= MIN_GRANULARITY_BITS
        && granularityBits <= MAX_GRANULARITY_BITS
        && nameLength > 0
        && nameLength <= MAX_NAME
        && ((flags & FLAG_IN_USE) != 0
            || Long.compareUnsigned(header.virtualSize(), (bitmapBytes * 8) << granularityBits)
                <= 0);
  }

  private void require(boolean holds, long at, String detail) throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(bytes.input().location(), at, detail);
    }
  }
}
