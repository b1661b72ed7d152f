package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.WrittenTables;
import java.io.IOException;

/**
 * A dirty bitmap that records what is written, in the clusters where it is stored. Nothing in the
 * file may name the format extension meanwhile: a crash would leave any part of the changes.
 */
final class WrittenBitmap {
  private static final int WORD_BITS = 64;

  private final DirtyBitmap bitmap;
  private final EntryTable table;
  private final WrittenTables tables;
  private final long clusterBytes;
  private final Room room;
  private final IoCounters io;

  /** Where a bitmap finds room. */
  interface Room {
    /** Takes a cluster of zeros; returns its sector. */
    long newCluster() throws IOException;

    /** Called before more pages are changed: lets those be written that already are. */
    void forPages() throws IOException;
  }

  /**
   * A bitmap.
   *
   * @param hostOffset of its fixed part
   */
  WrittenBitmap(
      DirtyBitmap bitmap,
      long hostOffset,
      long clusterBytes,
      WrittenTables tables,
      Room room,
      IoCounters io) {
    this.bitmap = bitmap;
    this.table = bitmap.table(tables, hostOffset);
    this.tables = tables;
    this.clusterBytes = clusterBytes;
    this.room = room;
    this.io = io;
  }

  /**
   * Takes the clusters of the bits of a bitmap as used.
   *
   * @param table its L1 table
   */
  static void reserve(EntryTable table, ClusterSpace space, IoCounters io) throws IOException {
    for (long index = 0; index < table.entries(); ) {
      byte[] page = table.page(index, io);
      long start = index;
      for (long end = table.pageEnd(start); index < end; index++) {
        long sector = Bytes.u64le(page, (int) (index - start) * DirtyBitmap.ENTRY_BYTES);
        if (sector != DirtyBitmap.ALL_CLEAN && sector != DirtyBitmap.ALL_DIRTY) {
          space.reserve(table.hostOffset() + index * DirtyBitmap.ENTRY_BYTES, sector);
        }
      }
    }
  }

  /**
   * Sets the bits of a range of the disk.
   *
   * @param from first guest byte
   * @param to end of the range, behind {@code from}
   */
  void mark(long from, long to) throws IOException {
    long bit = from / bitmap.granularityBytes();
    long last = (to - 1) / bitmap.granularityBytes();
    long clusterBits = clusterBytes * 8;
    while (bit <= last) {
      long index = bit / clusterBits;
      long start = index * clusterBits;
      long end = Math.min(last + 1 - start, clusterBits);
      mark(index, bit - start, end);
      bit = start + end;
    }
  }

  /** Sets bits of one cluster, counted from its start. */
  private void mark(long index, long from, long to) throws IOException {
    room.forPages();
    WrittenTables.Page page = tables.pageOf(table, index, io);
    int at = (int) (index - table.pageStart(index)) * DirtyBitmap.ENTRY_BYTES;
    long sector = Bytes.u64le(page.bytes(), at);
    long storedBytes = Math.min(clusterBytes, bitmap.storedBytes() - index * clusterBytes);
    if (sector == DirtyBitmap.ALL_CLEAN) {
      boolean all = from == 0 && to == clusterBytes * 8;
      sector = all ? DirtyBitmap.ALL_DIRTY : room.newCluster();
      Bytes.putU64le(page.bytes(), at, sector);
      page.changed(at, DirtyBitmap.ENTRY_BYTES);
    }
    if (sector != DirtyBitmap.ALL_DIRTY) {
      set(new EntryTable(tables, sector * 512, storedBytes / Long.BYTES, Long.BYTES), from, to);
    }
  }

  /** Sets bits in words as {@link io.diskimage.format.table.BitmapCursor} cuts them into pages. */
  private void set(EntryTable words, long from, long to) throws IOException {
    long bit = from;
    while (bit < to) {
      room.forPages();
      long word = bit / WORD_BITS;
      WrittenTables.Page page = tables.pageOf(words, word, io);
      long pageBit = words.pageStart(word) * WORD_BITS;
      long end = Math.min(to, words.pageEnd(word) * WORD_BITS);
      set(page, (int) (bit - pageBit), (int) (end - pageBit));
      bit = end;
    }
  }

  /** A page that has the bits already stays as it is. */
  private static void set(WrittenTables.Page page, int from, int to) {
    int last = (to - 1) / 8;
    for (int at = from / 8; at <= last; at++) {
      int bits = 0xff;
      if (at == from / 8) {
        bits &= 0xff << (from % 8);
      }
      if (at == last) {
        bits &= 0xff >>> (7 - (to - 1) % 8);
      }
      if ((page.bytes()[at] & bits) != bits) {
        page.bytes()[at] |= (byte) bits;
        page.changed(at, 1);
      }
    }
  }
}
