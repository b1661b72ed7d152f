package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.table.BlockTableCursor;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.TableSource;
import java.io.IOException;

/**
 * The block allocation table and what its entries mean (vhd.md section 1.4): the sector of a
 * block's bitmap, behind which its data lie.
 */
final class BlockTable {
  static final int ENTRY_BYTES = 4;
  static final long NOT_ALLOCATED = 0xffff_ffffL;

  private static final int ABSENT_FLAGS = ExtentCursor.ZERO | ExtentCursor.ALLOCATED;

  private final long blockSize;
  private final long bitmapBytes;
  private final boolean hasParent;
  private final EntryTable entries;

  BlockTable(VhdHeader header, TableSource source) {
    DynamicHeader dynamic = header.dynamic();
    this.blockSize = dynamic.blockSize();
    this.bitmapBytes = dynamic.bitmapBytes();
    this.hasParent = header.footer().isDifferencing();
    this.entries =
        new EntryTable(source, dynamic.tableOffset(), dynamic.maxTableEntries(), ENTRY_BYTES);
  }

  /** The entries, for changing them. */
  EntryTable entries() {
    return entries;
  }

  ExtentCursor cursor(long from, long to, IoCounters io) {
    return new Cursor(from, to, io);
  }

  /** The runs of {@link #cursor} cut to the sectors that are stored (vhd.md section 9.4). */
  ExtentCursor bySectors(ExtentCursor runs, StoredSectors stored) {
    return hasParent
        ? new SectorCursor(runs, stored, ExtentKind.BACKING, 0)
        : new SectorCursor(runs, stored, ExtentKind.UNALLOCATED, ABSENT_FLAGS);
  }

  /** Row 15 of vhd.md section 2: table and blocks lie in the file. */
  void requireInFile(ImageInput input, IoCounters io) throws IOException {
    long tableBytes = entries.entries() * ENTRY_BYTES;
    if (entries.hostOffset() > input.sectorLength() - tableBytes) {
      throw truncated(input, entries.hostOffset());
    }
    // The end of the highest block decides, so only that one is kept.
    long highest = -1;
    long highestAt = 0;
    for (long index = 0; index < entries.entries(); index = entries.pageEnd(index)) {
      byte[] page = entries.page(index, io);
      int length = (int) (entries.pageEnd(index) - index) * ENTRY_BYTES;
      for (int at = 0; at < length; at += ENTRY_BYTES) {
        long entry = Bytes.u32be(page, at);
        if (entry > highest && entry != NOT_ALLOCATED) {
          highest = entry;
          highestAt = entries.hostOffset() + index * ENTRY_BYTES + at;
        }
      }
    }
    if (highest >= 0 && dataOffset(highest) + blockSize > input.sectorLength()) {
      throw truncated(input, highestAt);
    }
  }

  private static TruncatedImageException truncated(ImageInput input, long hostOffset) {
    return new TruncatedImageException(
        input.location(),
        hostOffset,
        "block-vpc: free_data_block_offset points after the end of file."
            + " The image has been truncated.");
  }

  private long dataOffset(long entry) {
    return entry * 512 + bitmapBytes;
  }

  private final class Cursor extends BlockTableCursor {
    Cursor(long from, long to, IoCounters io) {
      super(entries, blockSize, from, to, io);
    }

    @Override
    protected void resolve(byte[] page, int at) {
      long entry = page == null ? NOT_ALLOCATED : Bytes.u32be(page, at);
      if (entry != NOT_ALLOCATED) {
        stored(dataOffset(entry));
      } else if (hasParent) {
        absent(ExtentKind.BACKING, 0);
      } else {
        absent(ExtentKind.UNALLOCATED, ABSENT_FLAGS);
      }
    }
  }
}
