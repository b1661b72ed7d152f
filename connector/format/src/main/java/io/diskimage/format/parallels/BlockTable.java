package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.BlockTableCursor;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.TableSource;

/** The block allocation table and what its entries mean (parallels.md sections 1.2 and 3). */
final class BlockTable {
  static final int ENTRY_BYTES = 4;

  private final ParallelsHeader header;
  private final EntryTable entries;
  private final long dataStart;
  private final long dataEnd;

  BlockTable(ParallelsHeader header, ImageInput input, TableSource source) {
    this.header = header;
    long fileSectors = input.sectorLength() / 512;
    this.dataStart = header.dataStart(fileSectors);
    long payload = Math.max(0, fileSectors - dataStart);
    this.dataEnd = dataStart + (payload + header.tracks() - 1) / header.tracks() * header.tracks();
    // A file that ends before its table does has no clusters there, as zeros say.
    long stored = Math.max(0, input.sectorLength() - ParallelsHeader.BYTES) / ENTRY_BYTES;
    this.entries =
        new EntryTable(
            source, ParallelsHeader.BYTES, Math.min(header.batEntries(), stored), ENTRY_BYTES);
  }

  /** The entries, for changing them. */
  EntryTable entries() {
    return entries;
  }

  ExtentCursor cursor(long from, long to, IoCounters io) {
    return new Cursor(from, to, io);
  }

  private final class Cursor extends BlockTableCursor {
    Cursor(long from, long to, IoCounters io) {
      super(entries, header.clusterBytes(), from, to, io);
    }

    @Override
    protected void resolve(byte[] page, int at) {
      long entry = page == null ? 0 : Bytes.u32le(page, at);
      long sector = entry * header.entryUnit();
      if (entry != 0 && sector >= dataStart && sector + header.tracks() <= dataEnd) {
        stored(sector * 512);
      } else {
        absent(ExtentKind.UNALLOCATED, ZERO);
      }
    }
  }
}
