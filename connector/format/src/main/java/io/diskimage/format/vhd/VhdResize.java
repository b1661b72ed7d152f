package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;
import java.util.Arrays;

/**
 * Another size of a dynamic or differencing disk (vhd.md section 6): first the table has room for
 * it and what is added hides the parent, then the footers say it, the head first, since opening
 * goes by that one.
 */
final class VhdResize {
  private static final int PIECE = 64 << 10;

  private final VhdWriter writer;
  private final ImageTarget target;
  private final IoCounters io;
  private final VhdHeader header;
  private final DynamicHeader dynamic;
  private final long blockSize;

  VhdResize(VhdWriter writer, ImageTarget target, IoCounters io) {
    this.writer = writer;
    this.target = target;
    this.io = io;
    this.header = writer.header();
    this.dynamic = header.dynamic();
    this.blockSize = dynamic.blockSize();
  }

  /** Everything written so far is on stable storage, and the file ends behind the last block. */
  void to(long diskSize) throws IOException {
    long newBlocks = dynamic.blocks(diskSize / 512);
    if (newBlocks > VhdHeader.MAX_TABLE_ENTRIES) {
      throw unsupported("its block table cannot grow that far");
    }
    if (Batmap.mayBeIn(header.footer()) && Batmap.read(target, dynamic, io).hasCookie()) {
      throw unsupported("XenServer's map of full blocks is not resized");
    }
    if (diskSize < header.diskSize()) {
      storeSize(diskSize);
      // A disk of that size does not show what is given up now.
      writer.reread();
      giveUp(newBlocks, dynamic.maxTableEntries());
    } else {
      clearBehindEnd();
      giveUp(dynamic.blocks(header.sectors()), Math.min(newBlocks, dynamic.maxTableEntries()));
      if (newBlocks > dynamic.maxTableEntries()) {
        growTable(newBlocks);
        writer.reread();
      }
      writer.hideParent(header.diskSize(), diskSize);
      storeSize(diskSize);
    }
    writer.reread();
  }

  private UnsupportedImageException unsupported(String why) {
    return new UnsupportedImageException(target.location(), ImageException.NO_OFFSET, why);
  }

  /** What is added to the last block reads as zero. */
  private void clearBehindEnd() throws IOException {
    long end = dynamic.blocks(header.sectors()) * blockSize;
    ExtentCursor rest = writer.blocks(header.diskSize(), end);
    while (rest.next()) {
      if (rest.hostOffset() >= 0) {
        target.zero(rest.hostOffset(), rest.length());
        writer.stored(rest.offset(), rest.length(), rest.hostOffset());
      }
    }
    writer.sync();
  }

  /** Blocks behind the disk's end are nobody's. */
  private void giveUp(long from, long to) throws IOException {
    for (long index = from; index < to; index++) {
      if (entry(index) != BlockTable.NOT_ALLOCATED) {
        writer.setEntry(index, BlockTable.NOT_ALLOCATED);
      }
    }
    writer.sync();
  }

  private long entry(long index) throws IOException {
    EntryTable table = writer.entries();
    return DiskLayout.entry(table.page(index, io), table.pageStart(index), index);
  }

  /**
   * Makes the table longer: blocks in its way move to the end; where headers or locators are in its
   * way, the table does.
   */
  private void growTable(long entries) throws IOException {
    long tableAt = dynamic.tableOffset();
    long oldEnd = roundUp(tableAt + dynamic.tableBytes());
    long newEnd = roundUp(tableAt + entries * BlockTable.ENTRY_BYTES);
    if (writer.area().hasMetadata(oldEnd, newEnd)) {
      long length = newEnd - tableAt;
      tableAt = writer.area().free();
      writer.area().startAt(tableAt + length);
      copyEntries(tableAt);
    } else {
      writer.area().startAt(newEnd);
      moveBlocks(oldEnd, newEnd);
    }
    fillEntries(
        tableAt + dynamic.tableBytes(), roundUp(tableAt + entries * BlockTable.ENTRY_BYTES));
    writer.sync();
    byte[] bytes = new byte[DynamicHeader.BYTES];
    target.readPadded(header.footer().dataOffset(), bytes, 0, bytes.length);
    Bytes.putU64be(bytes, DynamicHeader.TABLE_OFFSET_AT, tableAt);
    Bytes.putU32be(bytes, DynamicHeader.MAX_TABLE_ENTRIES_AT, entries);
    VhdChecksum.sign(bytes, DynamicHeader.BYTES, DynamicHeader.CHECKSUM_AT);
    // All that changes stands in the first sector.
    store(header.footer().dataOffset(), bytes, 512);
  }

  private void moveBlocks(long from, long to) throws IOException {
    long unit = dynamic.bitmapBytes() + blockSize;
    for (long index = 0; index < dynamic.maxTableEntries(); index++) {
      long entry = entry(index);
      long place = DiskLayout.host(entry);
      if (entry != BlockTable.NOT_ALLOCATED && place < to && from < place + unit) {
        writer.moveBlock(index, place);
      }
    }
    writer.sync();
  }

  private void copyEntries(long tableAt) throws IOException {
    EntryTable old = writer.entries();
    for (long index = 0; index < old.entries(); index = old.pageEnd(index)) {
      byte[] page = old.page(index, io);
      int length = (int) (old.pageEnd(index) - index) * BlockTable.ENTRY_BYTES;
      target.write(tableAt + index * BlockTable.ENTRY_BYTES, page, 0, length);
    }
  }

  private void fillEntries(long from, long to) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE, to - from)];
    Arrays.fill(piece, (byte) 0xff);
    for (long at = from; at < to; at += piece.length) {
      target.write(at, piece, 0, (int) Math.min(piece.length, to - at));
    }
  }

  private void storeSize(long diskSize) throws IOException {
    byte[] footer = new byte[VhdFooter.BYTES];
    target.readPadded(0, footer, 0, footer.length);
    VhdSize.exact(diskSize, header.footer()).store(footer);
    VhdChecksum.sign(footer, VhdFooter.BYTES, VhdFooter.CHECKSUM_AT);
    store(0, footer, footer.length);
    if (writer.area().tailAt() >= 0) {
      store(writer.area().tailAt(), footer, footer.length);
    }
  }

  /** Stores a header at once, behind all that it speaks of. */
  private void store(long at, byte[] bytes, int length) throws IOException {
    try {
      target.write(at, bytes, 0, length);
      target.flush();
    } catch (IOException unknown) {
      throw writer.lost(unknown);
    }
  }

  private static long roundUp(long offset) {
    return (offset + 511) / 512 * 512;
  }
}
