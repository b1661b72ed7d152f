package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageInput;
import io.diskimage.format.Limits;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.OnePage;
import io.diskimage.format.vhd.DynamicHeader.ParentLocator;

/**
 * Where the parts of a dynamic disk lie, by fields that may be wrong: what the file cannot hold is
 * not there.
 */
final class DiskLayout {

  /** What the place that an entry gives is. */
  enum Place {
    NONE,
    DATA,
    /** Over the head footer, where entries of zero lead. */
    START,
    /** Over the dynamic header, table, a locator or the batmap. */
    METADATA,
    /** No byte of the block's data lies in the file. */
    BEHIND_EOF,
    /** The block reaches behind the end of the file, or over the footer there. */
    CUT;

    /** Whether the block has bytes of its own in the file. */
    boolean isStored() {
      return this == DATA || this == METADATA || this == CUT;
    }
  }

  private final long sectors;
  private final long blockSize;
  private final long bitmapBytes;
  private final long blocks;
  private final long fileLength;
  private final long dataEnd;
  private final EntryTable table;
  private final MetadataAreas metadata = new MetadataAreas();
  private final long metadataEnd;

  /**
   * The layout by a header that has a block size.
   *
   * @param sectors of the disk
   * @param batmap null if there is none
   */
  DiskLayout(
      ImageInput input,
      Limits limits,
      Footers footers,
      HeaderCopy header,
      long sectors,
      Batmap batmap) {
    DynamicHeader fields = header.fields();
    this.sectors = sectors;
    this.blockSize = fields.blockSize();
    this.bitmapBytes = fields.bitmapBytes();
    this.blocks = fields.blocks(sectors);
    this.fileLength = input.sectorLength();
    this.dataEnd = footers.hasTail() ? footers.tail().at() : fileLength;
    this.table =
        new EntryTable(
            new OnePage(input, limits),
            Math.max(0, fields.tableOffset()),
            entriesInFile(fields),
            BlockTable.ENTRY_BYTES);
    metadata.add(0, VhdFooter.BYTES, fileLength);
    metadata.add(header.at(), DynamicHeader.BYTES, fileLength);
    addTable();
    if (footers.fields().isDifferencing()) {
      for (ParentLocator locator : fields.parentLocators()) {
        addLocator(locator);
      }
    }
    if (batmap != null) {
      metadata.add(batmap.headerAt(), Batmap.HEADER_BYTES, fileLength);
      metadata.add(batmap.mapAt(), batmap.mapBytes(), fileLength);
    }
    this.metadataEnd = metadata.end();
  }

  /**
   * All entries of a table that the file can hold. Of others those for the disk's blocks: what
   * stands behind them is no table.
   */
  private long entriesInFile(DynamicHeader fields) {
    long at = fields.tableOffset();
    if (at < 0 || at >= fileLength) {
      return 0;
    }
    long room = (fileLength - at) / BlockTable.ENTRY_BYTES;
    long stated = fields.maxTableEntries();
    boolean plausible = stated <= room && stated <= VhdHeader.MAX_TABLE_ENTRIES;
    long entries = plausible ? stated : Math.min(Math.min(stated, blocks), room);
    return Math.min(entries, VhdHeader.MAX_TABLE_ENTRIES);
  }

  /** With its padding to a sector. */
  private void addTable() {
    long end = table.hostOffset() + table.entries() * BlockTable.ENTRY_BYTES;
    long padded = Math.min(fileLength, (end + 511) / 512 * 512);
    metadata.add(table.hostOffset(), padded - table.hostOffset(), fileLength);
  }

  /** The whole space if the file has it, else the text alone. */
  private void addLocator(ParentLocator locator) {
    if (locator.platformCode() != 0) {
      boolean space = locator.isWithin(fileLength, locator.spaceBytes());
      long length = space ? locator.spaceBytes() : locator.dataLength();
      metadata.add(locator.offset(), length, fileLength);
    }
  }

  /** Sectors of the disk that a block holds: none behind its end. */
  long sectorsOf(long index) {
    long perBlock = blockSize / 512;
    return index >= blocks ? 0 : Math.min(perBlock, sectors - index * perBlock);
  }

  /** Data bytes of a block. */
  long blockSize() {
    return blockSize;
  }

  long bitmapBytes() {
    return bitmapBytes;
  }

  /** Bytes of a block with its bitmap. */
  long unit() {
    return bitmapBytes + blockSize;
  }

  /** Blocks of the disk; the table may have more entries, or fewer. */
  long blocks() {
    return blocks;
  }

  /** Where blocks must end: the footer at the end, or the end of the file if there is none. */
  long dataEnd() {
    return dataEnd;
  }

  /** Sectors of the file that entries can name. */
  long sectorsInFile() {
    return Math.min(fileLength / 512, 1L << 32);
  }

  EntryTable table() {
    return table;
  }

  long entryAt(long index) {
    return table.hostOffset() + index * BlockTable.ENTRY_BYTES;
  }

  /** The entry {@code index} of a page that begins with {@code first}. */
  static long entry(byte[] page, long first, long index) {
    return Bytes.u32be(page, (int) (index - first) * BlockTable.ENTRY_BYTES);
  }

  MetadataAreas metadata() {
    return metadata;
  }

  long metadataEnd() {
    return metadataEnd;
  }

  /** Where a block's bitmap begins. */
  static long host(long entry) {
    return entry * 512;
  }

  Place place(long entry) {
    if (entry == BlockTable.NOT_ALLOCATED) {
      return Place.NONE;
    }
    long from = host(entry);
    long to = from + unit();
    if (entry == 0) {
      return Place.START;
    }
    if (from < metadataEnd && metadata.overlaps(from, to)) {
      return Place.METADATA;
    }
    if (from + bitmapBytes >= fileLength) {
      return Place.BEHIND_EOF;
    }
    return to > dataEnd ? Place.CUT : Place.DATA;
  }
}
