package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.Locale;

/**
 * The head of a feature section in the format extension (parallels.md section 1.4).
 *
 * @param at its host offset
 * @param flags unsigned
 * @param dataBytes bytes behind the head, without padding
 */
record ExtensionSection(long at, long magic, long flags, long dataBytes) {
  static final int HEAD_BYTES = 24;

  /** Who does not understand the section must not change the image. */
  static final long NECESSARY = 1;

  /** Who does not understand the section leaves it as it is. */
  static final long TRANSIT = 2;

  private static final long END_OF_FEATURES = 0;
  private static final long DIRTY_BITMAP = 0x20385fae252cb34aL;

  /**
   * Reads the head.
   *
   * @param at host offset where it has to be
   * @param end of the extension
   */
  static ExtensionSection read(ImageInput input, long at, long end, IoCounters io)
      throws IOException {
    if (end - at < HEAD_BYTES) {
      throw corrupt(
          input,
          at,
          "Can not read feature header, as remaining bytes (%d) in Format Extension is less"
              + " than Feature header size (24)",
          end - at);
    }
    byte[] head = new byte[HEAD_BYTES];
    io.metadataRead(input.readPadded(at, head, 0, head.length));
    return new ExtensionSection(
        at, Bytes.u64le(head, 0), Bytes.u64le(head, 8), Bytes.u32le(head, 16));
  }

  /** Holds that the section ends within the extension. */
  void requireInside(ImageInput input, long end) throws CorruptImageException {
    if (next() > end) {
      throw corrupt(input, at + 16, "Feature data_size exceedes Format Extension cluster");
    }
  }

  /** Whether no section follows. */
  boolean isLast() {
    return magic == END_OF_FEATURES;
  }

  boolean isBitmap() {
    return magic == DIRTY_BITMAP;
  }

  /** Host offset of the data. */
  long dataAt() {
    return at + HEAD_BYTES;
  }

  /** Host offset of the next section. */
  long next() {
    return dataAt() + (dataBytes + 7) / 8 * 8;
  }

  /** The bitmap of a section that is one. */
  DirtyBitmap bitmap(ImageInput input, ParallelsHeader header, IoCounters io) throws IOException {
    if (dataBytes < DirtyBitmap.BYTES) {
      throw corrupt(
          input,
          at + 16,
          "Too small Bitmap Feature area in Parallels Format Extension: %d bytes, expected at"
              + " least 32 bytes",
          dataBytes);
    }
    byte[] bytes = new byte[DirtyBitmap.BYTES];
    io.metadataRead(input.readPadded(dataAt(), bytes, 0, bytes.length));
    DirtyBitmap bitmap = DirtyBitmap.parse(bytes);
    if (bitmap.sectors() != header.sectors()) {
      throw corrupt(
          input,
          dataAt(),
          "Bitmap size (in sectors) %d differs from disk size in sectors %d",
          bitmap.sectors(),
          header.sectors());
    }
    if (!bitmap.hasValidGranularity()) {
      throw corrupt(
          input,
          dataAt() + 24,
          "Invalid bitmap granularity %d, expected a power of two of at least 512 bytes",
          bitmap.granularityBytes() & 0xffff_ffffL);
    }
    if (bitmap.tableEntries() * DirtyBitmap.ENTRY_BYTES > dataBytes - DirtyBitmap.BYTES) {
      throw corrupt(
          input, dataAt() + 28, "Bitmaps feature corrupted: l1 table exceeds extension data_size");
    }
    long expected = bitmap.expectedTableEntries(header.clusterBytes());
    if (bitmap.tableEntries() != expected) {
      throw corrupt(
          input,
          dataAt() + 28,
          "Bitmap table size %d does not correspond to bitmap size and cluster size. Expected %d",
          bitmap.tableEntries(),
          expected);
    }
    return bitmap;
  }

  private static CorruptImageException corrupt(
      ImageInput input, long hostOffset, String text, Object... values) {
    return new CorruptImageException(
        input.location(), hostOffset, String.format(Locale.ROOT, text, values));
  }
}
