package io.diskimage.format.qcow2;

import io.diskimage.format.BitmapNotFoundException;
import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.BitmapCursor;
import io.diskimage.format.table.BitmapShape;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.TableSource;
import java.io.IOException;

/**
 * A persistent bitmap that can be loaded (qcow2.md section 1.8), with the texts of row 29 of
 * section 2 for one that cannot.
 */
final class DirtyBitmap {
  private final ImageInput input;
  private final Qcow2Header header;
  private final BitmapShape shape;

  private DirtyBitmap(ImageInput input, Qcow2Header header, BitmapShape shape) {
    this.input = input;
    this.header = header;
    this.shape = shape;
  }

  /**
   * The bitmap of a name; of several the first.
   *
   * @throws BitmapNotFoundException if there is none
   * @throws CorruptImageException if it cannot be loaded, or its bits are stale
   */
  static DirtyBitmap named(
      String name,
      ImageInput input,
      Qcow2Header header,
      HeaderExtensions extensions,
      TableSource tables,
      IoCounters io)
      throws IOException {
    BitmapDirectory.Bitmap bitmap =
        BitmapDirectory.find(new ByteWindow(input, io), header, extensions, name);
    if (bitmap == null) {
      throw new BitmapNotFoundException(
          input.location(), header.headerLength(), "there is no bitmap of name '" + name + "'");
    }
    require(!bitmap.inUse(), input, bitmap, name, "Bitmap '%s' is inconsistent and cannot be used");
    require(
        HeaderChecks.addressable(bitmap.offset(), bitmap.entries() * Long.BYTES),
        input,
        bitmap,
        name,
        "Could not read bitmap_table table from image for bitmap '%s': Input/output error");
    require(
        bitmap.entries() == bitmap.entriesNeeded(header),
        input,
        bitmap,
        name,
        "Could not read bitmap '%s' from image: Invalid argument");
    BitmapShape shape =
        new BitmapShape(
            input.location(),
            input.sectorLength(),
            name,
            new EntryTable(tables, bitmap.offset(), bitmap.entries(), Long.BYTES),
            header.clusterSize(),
            1L << bitmap.granularityBits(),
            header.virtualSize());
    return new DirtyBitmap(input, header, shape);
  }

  private static void require(
      boolean holds, ImageInput input, BitmapDirectory.Bitmap bitmap, String name, String text)
      throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(input.location(), bitmap.at(), String.format(text, name));
    }
  }

  DirtyRanges ranges(long from, long to, IoCounters io) {
    return new BitmapCursor(shape, from, to, io) {
      @Override
      protected long resolve(byte[] entries, int at, long hostOffset) throws CorruptImageException {
        long entry = Bytes.u64be(entries, at);
        if (!BitmapTableEntry.isValid(entry, header.clusterSize())) {
          throw new CorruptImageException(
              input.location(),
              hostOffset,
              String.format("bitmap table entry 0x%x of '%s' is invalid", entry, shape.name()));
        }
        long host = BitmapTableEntry.offset(entry);
        if (host != 0) {
          return host;
        }
        return BitmapTableEntry.allOnes(entry) ? ALL_DIRTY : ALL_CLEAN;
      }
    };
  }
}
