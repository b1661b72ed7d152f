package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.table.BlockTableCursor;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.TableSource;
import java.io.IOException;

/** The block map and what its entries mean (vdi.md sections 1.3 and 3). */
final class BlockTable {
  static final int ENTRY_BYTES = 4;

  /** Entries from here on are no block numbers (vdi.md section 1.3). */
  static final long DISCARDED = 0xffff_fffeL;

  static final long NEVER_ALLOCATED = 0xffff_ffffL;

  private final VdiHeader header;
  private final String location;
  private final EntryTable entries;

  BlockTable(VdiHeader header, ImageInput input, TableSource source) {
    this.header = header;
    this.location = input.location();
    // Entries behind the end of the file would all read as block 0.
    long stored = Math.max(0, input.sectorLength() - header.offsetBmap()) / ENTRY_BYTES;
    this.entries =
        new EntryTable(
            source, header.offsetBmap(), Math.min(header.blocksInImage(), stored), ENTRY_BYTES);
  }

  ExtentCursor cursor(long from, long to, IoCounters io) {
    return new Cursor(from, to, io);
  }

  /** The entries, for changing them. */
  EntryTable entries() {
    return entries;
  }

  /** Where the data of a block lie, behind its extra bytes (vdi.md section 1.1). */
  long host(long block) throws CorruptImageException {
    long stride = header.stride();
    if (block > (Long.MAX_VALUE - header.offsetData() - stride) / stride) {
      throw new CorruptImageException(
          location, 0x17c, "block number " + block + " lies behind any file's end");
    }
    return header.offsetData() + block * stride + header.blockExtra();
  }

  private final class Cursor extends BlockTableCursor {
    Cursor(long from, long to, IoCounters io) {
      super(entries, header.blockSize(), from, to, io);
    }

    @Override
    protected void resolve(byte[] page, int at) throws IOException {
      if (page == null) {
        throw new TruncatedImageException(
            location,
            entries.hostOffset() + entries.entries() * ENTRY_BYTES,
            "the file ends before its block map does");
      }
      long entry = Bytes.u32le(page, at);
      if (entry == NEVER_ALLOCATED) {
        if (header.hasParent()) {
          absent(ExtentKind.BACKING, 0);
        } else {
          absent(ExtentKind.UNALLOCATED, ZERO | ALLOCATED);
        }
      } else if (entry == DISCARDED) {
        absent(ExtentKind.ZERO, ZERO | ALLOCATED);
      } else {
        stored(host(entry));
      }
    }
  }
}
