package io.diskimage.format.vhd;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.WrittenTables;
import java.io.IOException;
import java.util.Arrays;

/** The sector bitmaps of blocks, as they are changed (vhd.md sections 1.4 and 9.3). */
final class BlockBitmaps {
  private static final long NONE = -1;

  private final WrittenTables tables;
  private final IoCounters io;
  private final SectorBitmap bits;
  private final int bitmapBytes;
  private final int usedBytes;
  private long full = NONE;

  BlockBitmaps(VhdHeader header, WrittenTables tables, IoCounters io) {
    this.tables = tables;
    this.io = io;
    this.bits = new SectorBitmap(header.footer());
    this.bitmapBytes = (int) header.dynamic().bitmapBytes();
    this.usedBytes = (int) (header.dynamic().blockSize() / 4096);
  }

  /**
   * Writes the bitmap of a new block, before its entry names it.
   *
   * @param place of the bitmap
   * @param empty whether sectors are added one by one, or all are there at once
   */
  void clear(ImageTarget target, long place, boolean empty) throws IOException {
    if (bitmapBytes == 0) {
      return;
    }
    full = NONE;
    byte[] bitmap = new byte[bitmapBytes];
    Arrays.fill(bitmap, (byte) (empty ? 0 : 0xff));
    target.write(place, bitmap, 0, bitmapBytes);
    // A block that could not be stored may have left pages of its own here.
    for (int at = 0; at < bitmapBytes; at += tables.pageBytes()) {
      WrittenTables.Page page = page(place, at);
      Arrays.fill(page.bytes(), (byte) (empty ? 0 : 0xff));
    }
    full = empty ? NONE : place;
  }

  private WrittenTables.Page page(long place, int at) throws IOException {
    return tables.pageAt(place + at, Math.min(bitmapBytes - at, tables.pageBytes()), io);
  }

  /** Sets all bits of a block, as QEMU does. */
  void fill(long place) throws IOException {
    if (place == full || bitmapBytes == 0) {
      return;
    }
    for (int at = 0; at < usedBytes; at += tables.pageBytes()) {
      WrittenTables.Page page = page(place, at);
      bits.at(page.bytes(), 0, 8L * Math.min(page.bytes().length, usedBytes - at));
      if (!bits.isFull()) {
        Arrays.fill(page.bytes(), (byte) 0xff);
        page.changed(0, page.bytes().length);
      }
    }
    full = place;
  }

  /** Sets the bits of some sectors of a block. */
  void set(long place, int first, int end) throws IOException {
    int sectorsPerPage = 8 * tables.pageBytes();
    for (int sector = first; sector < end; ) {
      int within = sector % sectorsPerPage;
      int count = Math.min(end - sector, sectorsPerPage - within);
      WrittenTables.Page page = page(place, (sector - within) / 8);
      bits.at(page.bytes(), 0, 8L * page.bytes().length);
      if (bits.next(within, false) < within + count) {
        bits.set(within, within + count);
        page.changed(within / 8, (within + count - 1) / 8 + 1 - within / 8);
      }
      sector += count;
    }
  }
}
