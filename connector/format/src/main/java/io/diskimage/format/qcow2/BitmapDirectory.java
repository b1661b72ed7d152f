package io.diskimage.format.qcow2;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory of persistent bitmaps and its validation (qcow2.md section 1.8; row 29 of section
 * 2).
 */
final class BitmapDirectory {
  private static final int FIXED_BYTES = 24;
  private static final long MAX_TABLE_ENTRIES = 0x8000000;
  private static final long MAX_BITMAP_BYTES = 0x20000000;
  private static final int MAX_NAME = 1023;
  private static final int MIN_GRANULARITY_BITS = 9;
  private static final int MAX_GRANULARITY_BITS = 31;
  static final long FLAG_IN_USE = 1;
  private static final long FLAG_AUTO = 2;
  private static final long KNOWN_FLAGS = FLAG_IN_USE | FLAG_AUTO;
  private static final int DIRTY_TRACKING = 1;

  private final ByteWindow bytes;
  private final Qcow2Header header;

  /**
   * A bitmap.
   *
   * @param offset of its table, of any value but 0 that is cluster aligned
   * @param entries of the table, within the limits
   * @param inUse whether its data are stale
   * @param granularityBits a bit stands for 2 to this power guest bytes
   * @param at host offset of its directory entry
   */
  record Bitmap(long offset, long entries, boolean inUse, int granularityBits, long at)
      implements TableAreas.Area {

    /** Clusters that the bits take, which are stored in words of 64. */
    long entriesNeeded(Qcow2Header header) {
      long size = header.virtualSize();
      boolean partOfAnother = (size & ((1L << granularityBits) - 1)) != 0;
      long bits = (size >>> granularityBits) + (partOfAnother ? 1 : 0);
      long bitmapBytes = (bits + 63) / 64 * 8;
      return (bitmapBytes + header.clusterSize() - 1) >>> header.clusterBits();
    }
  }

  private BitmapDirectory(ByteWindow bytes, Qcow2Header header) {
    this.bytes = bytes;
    this.header = header;
  }

  /** Takes the bitmaps one by one. */
  @FunctionalInterface
  private interface Visitor {
    /** Takes a bitmap; false to end the walk. */
    boolean visit(Bitmap bitmap, int nameLength) throws IOException;
  }

  /**
   * Walks the directory that the extension names; the number of steps is bounded by the count in
   * it.
   */
  static List<Bitmap> read(ByteWindow bytes, Qcow2Header header, HeaderExtensions extensions)
      throws IOException {
    List<Bitmap> bitmaps = new ArrayList<>();
    new BitmapDirectory(bytes, header)
        .walk(extensions, (bitmap, nameLength) -> bitmaps.add(bitmap));
    return bitmaps;
  }

  /** All bitmaps as users see them; validates again, since the file may have changed. */
  static List<BitmapInfo> infos(
      ByteWindow bytes, Qcow2Header header, HeaderExtensions extensions, Limits limits)
      throws IOException {
    List<BitmapInfo> infos = new ArrayList<>();
    if (extensions.bitmapCount() > 0) {
      long[] textBytes = {0};
      new BitmapDirectory(bytes, header)
          .walk(
              extensions,
              (bitmap, nameLength) -> {
                textBytes[0] += nameLength;
                if (textBytes[0] > limits.textBytes()) {
                  throw new LimitExceededException(
                      bytes.input().location(),
                      bitmap.at(),
                      "names of the bitmaps take too many bytes",
                      Limit.TEXT_BYTES,
                      limits);
                }
                return infos.add(info(bytes, bitmap, nameLength));
              });
    }
    return infos;
  }

  /** The first bitmap of a name, or null. */
  static Bitmap find(ByteWindow bytes, Qcow2Header header, HeaderExtensions extensions, String name)
      throws IOException {
    Bitmap[] found = {null};
    if (extensions.bitmapCount() > 0) {
      new BitmapDirectory(bytes, header)
          .walk(
              extensions,
              (bitmap, nameLength) -> {
                if (name(bytes, bitmap.at()).equals(name)) {
                  found[0] = bitmap;
                }
                return found[0] == null;
              });
    }
    return found[0];
  }

  private static BitmapInfo info(ByteWindow bytes, Bitmap bitmap, int nameLength)
      throws IOException {
    bytes.hold(bitmap.at(), FIXED_BYTES + nameLength);
    return new BitmapInfo(
        bytes.text(bitmap.at() + FIXED_BYTES, nameLength),
        1L << bitmap.granularityBits(),
        (bytes.u32(bitmap.at() + 12) & FLAG_AUTO) != 0,
        bitmap.inUse());
  }

  private void walk(HeaderExtensions extensions, Visitor visitor) throws IOException {
    long offset = extensions.bitmapDirectoryOffset();
    long size = extensions.bitmapDirectorySize();
    int count = extensions.bitmapCount();
    require(size > 0, offset, "Requested bitmap directory size is zero");
    require(
        HeaderChecks.addressable(offset, size),
        ImageException.NO_OFFSET,
        "Failed to read bitmap directory: Input/output error");
    long at = offset;
    long end = offset + size;
    int found = 0;
    while (at < end) {
      require(end - at >= FIXED_BYTES, at, "Broken bitmap directory");
      found++;
      require(found <= count, at, "More bitmaps found than specified in header extension");
      bytes.hold(at, FIXED_BYTES);
      int nameLength = bytes.u16(at + 18);
      long extra = bytes.u32(at + 20);
      long next = at + (FIXED_BYTES + nameLength + extra + 7) / 8 * 8;
      require(next <= end, at, "Broken bitmap directory");
      require(extra == 0, at + 20, "Bitmap extra data is not supported");
      if (!satisfiesConstraints(at, nameLength)) {
        throw new CorruptImageException(
            bytes.input().location(),
            at,
            "Bitmap '" + name(bytes, at) + "' doesn't satisfy the constraints");
      }
      Bitmap bitmap =
          new Bitmap(
              bytes.u64(at),
              bytes.u32(at + 8),
              (bytes.u32(at + 12) & FLAG_IN_USE) != 0,
              bytes.u8(at + 17),
              at);
      if (!visitor.visit(bitmap, nameLength)) {
        return;
      }
      at = next;
    }
    require(found == count, offset, "Less bitmaps found than specified in header extension");
  }

  /** Name of the bitmap of a directory entry, without what is too long. */
  static String name(ByteWindow bytes, long at) throws IOException {
    int length = bytes.u16(at + 18);
    return bytes.text(at + FIXED_BYTES, Math.min(length, MAX_NAME));
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
