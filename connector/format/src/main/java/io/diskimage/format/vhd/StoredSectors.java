package io.diskimage.format.vhd;

import io.diskimage.format.IoCounters;
import io.diskimage.format.table.TableSource;
import java.io.IOException;

/**
 * Which sectors of one block after another are stored, by bitmaps read through the page cache
 * (vhd.md section 9.3). A bitmap longer than a page is read in pieces; those of small blocks lie so
 * close together that one read takes several. Not thread-safe.
 */
final class StoredSectors {
  /** Blocks whose bitmaps share a read: bounds what is read in vain where blocks lie scattered. */
  private static final int BLOCKS_PER_READ = 16;

  private static final int SECTOR = 512;

  private final TableSource source;
  private final IoCounters io;
  private final SectorBitmap piece;
  private final long blockSize;
  private final int bitmapBytes;
  private final int window;

  private long bitmapAt = -1;
  private int pieceStart;
  private int pieceEnd;

  /**
   * The bitmaps of a disk.
   *
   * @param maxGap unwanted bytes worth reading to join two bitmaps
   */
  StoredSectors(VhdHeader header, TableSource source, int maxGap, IoCounters io) {
    this.source = source;
    this.io = io;
    this.piece = new SectorBitmap(header.footer());
    DynamicHeader dynamic = header.dynamic();
    this.blockSize = dynamic.blockSize();
    this.bitmapBytes = (int) dynamic.bitmapBytes();
    this.window = dynamic.blockSize() <= maxGap ? window(dynamic, source.pageBytes()) : 0;
  }

  /** A power of two that holds several blocks, or 0 if a page does not. */
  private static int window(DynamicHeader dynamic, int pageBytes) {
    long unit = dynamic.bitmapBytes() + dynamic.blockSize();
    long wanted = Math.min(pageBytes, Long.highestOneBit(BLOCKS_PER_READ * unit));
    return wanted >= 2 * unit ? (int) wanted : 0;
  }

  /** Guest bytes per block. */
  long blockSize() {
    return blockSize;
  }

  private int sectors() {
    return (int) (blockSize / SECTOR);
  }

  /** Goes to a block by the host offset of its data, in front of which the bitmap stands. */
  void turnTo(long dataAt) {
    if (dataAt - bitmapBytes != bitmapAt) {
      bitmapAt = dataAt - bitmapBytes;
      pieceStart = 0;
      pieceEnd = 0;
    }
  }

  boolean contains(int sector) throws IOException {
    hold(sector);
    return piece.isPresent(sector - pieceStart);
  }

  /** Behind the last of the sectors from one on that are alike. */
  int runEnd(int sector) throws IOException {
    boolean other = !contains(sector);
    int end = pieceStart + piece.next(sector - pieceStart, other);
    while (end == pieceEnd && end < sectors() && contains(end) != other) {
      end = pieceStart + piece.next(0, other);
    }
    return end;
  }

  private void hold(int sector) throws IOException {
    if (sector >= pieceStart && sector < pieceEnd) {
      return;
    }
    pieceEnd = 0;
    int pageSectors = (int) Math.min(sectors(), 8L * source.pageBytes());
    int start = sector - sector % pageSectors;
    long from = bitmapAt + start / 8;
    int end = Math.min(sectors() - start, pageSectors);
    if (window > 0) {
      int within = (int) (from % window);
      piece.at(source.page(from - within, window, io), within, end);
    } else {
      int length = Math.min(bitmapBytes - start / 8, source.pageBytes());
      piece.at(source.page(from, length, io), 0, end);
    }
    pieceStart = start;
    pieceEnd = start + end;
  }
}
