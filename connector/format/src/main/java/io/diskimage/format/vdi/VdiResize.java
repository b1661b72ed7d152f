package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.write.BlockSpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Another size of the disk. The header's one sector says where map and data begin and how much
 * there is of them, so that all of it changes at once, after what it names is on stable storage.
 */
final class VdiResize {
  private static final int PIECE = 64 << 10;
  private static final long MAX_OFFSET = 0xffff_ffffL;

  private final VdiWriter writer;
  private final ImageTarget target;
  private final IoCounters io;
  private final VdiHeader header;
  private final long oldBlocks;

  VdiResize(VdiWriter writer, ImageTarget target, IoCounters io) {
    this.writer = writer;
    this.target = target;
    this.io = io;
    this.header = writer.header();
    this.oldBlocks = ceilDiv(header.diskSize(), header.blockSize());
  }

  /** Everything written so far is on stable storage. */
  void to(long diskSize) throws IOException {
    if (diskSize > VdiHeader.MAX_DISK_SIZE) {
      throw new UnsupportedImageException(
          target.location(),
          ImageException.NO_OFFSET,
          String.format(
              Locale.ROOT,
              "Unsupported VDI image size (size is 0x%x, max supported is 0x%x)",
              diskSize,
              VdiHeader.MAX_DISK_SIZE));
    }
    long newBlocks = ceilDiv(diskSize, header.blockSize());
    byte[] bytes = writer.headerBytes();
    Bytes.putU64le(bytes, VdiHeader.DISK_SIZE_AT, diskSize);
    Bytes.putU32le(bytes, VdiHeader.BLOCKS_IN_IMAGE_AT, newBlocks);
    if (diskSize < header.diskSize()) {
      giveUpFrom(newBlocks);
      writer.switchTo(bytes);
      return;
    }
    clearBehindEnd();
    if (newBlocks > oldBlocks) {
      long room = (header.offsetData() - header.offsetBmap()) / BlockTable.ENTRY_BYTES;
      if (newBlocks <= room) {
        addBlocks(bytes, header.offsetBmap(), oldBlocks, newBlocks, 0);
      } else {
        moveMap(bytes, newBlocks);
      }
    }
    writer.switchTo(bytes);
  }

  /** Gives up the blocks behind the new end, and keeps the others at numbers that remain. */
  private void giveUpFrom(long newBlocks) throws IOException {
    if (writer.space().used() < 0) {
      throw new UnsupportedImageException(
          target.location(), ImageException.NO_OFFSET, "too many blocks to shrink the image");
    }
    MapEntries.forEach(
        writer.storedMap(), newBlocks, header.blocksInImage(), io, writer::giveUpBlock);
    writer.sync();
    writer.moveBlocks(newBlocks, writer.space().end());
  }

  /** What is added to the last block reads as zero. */
  private void clearBehindEnd() throws IOException {
    long end = oldBlocks * header.blockSize();
    if (header.diskSize() == end) {
      return;
    }
    writer.storeLastBlock();
    ExtentCursor rest = writer.blocks(header.diskSize(), end);
    while (rest.next()) {
      if (rest.failure() != null) {
        throw rest.failure();
      }
      if (rest.hostOffset() >= 0) {
        target.zero(rest.hostOffset(), rest.length());
      }
    }
  }

  /**
   * The data begin some blocks later, those in the way having been moved, and the new map stands
   * where they were; so blocks keep their places and have lower numbers.
   */
  private void moveMap(byte[] bytes, long newBlocks) throws IOException {
    long mapBytes = ceilDiv(newBlocks * BlockTable.ENTRY_BYTES, 512) * 512;
    long shift = ceilDiv(mapBytes, header.stride());
    long mapAt = header.offsetData();
    long dataAt = mapAt + shift * header.stride();
    if (dataAt > MAX_OFFSET) {
      throw new UnsupportedImageException(
          target.location(), VdiHeader.OFFSET_DATA_AT, "the block map cannot grow that far");
    }
    BlockSpace space = writer.space();
    List<BlockSpace.Run> reserved = reserve(space, shift);
    try {
      writer.moveBlocks(0, shift);
      writer.spoil(dataAt);
      addBlocks(bytes, mapAt, 0, newBlocks, shift);
      if (target.length() < dataAt) {
        target.setLength(dataAt);
      }
    } catch (IOException notMoved) {
      reserved.forEach(space::giveBack);
      throw notMoved;
    }
    Bytes.putU32le(bytes, VdiHeader.OFFSET_BMAP_AT, mapAt);
    Bytes.putU32le(bytes, VdiHeader.OFFSET_DATA_AT, dataAt);
  }

  /** Takes the lowest numbers that are free, so that nothing moves there. */
  private static List<BlockSpace.Run> reserve(BlockSpace space, long numbers) {
    List<BlockSpace.Run> reserved = new ArrayList<>();
    for (long number = 0; number < numbers; number++) {
      if (space.use(number)) {
        reserved.add(new BlockSpace.Run(number, 1));
      }
    }
    return reserved;
  }

  /** Writes a map with the new blocks, which a static image stores as zeros. */
  private void addBlocks(byte[] bytes, long mapAt, long from, long to, long shift)
      throws IOException {
    long next = writer.space().end();
    long added = header.hasParent() ? BlockTable.DISCARDED : BlockTable.NEVER_ALLOCATED;
    if (header.imageType() == VdiHeader.TYPE_STATIC) {
      long stride = header.stride();
      target.zero(header.offsetData() + next * stride, (to - oldBlocks) * stride);
      added = next;
      next += to - oldBlocks;
    }
    Bytes.putU32le(bytes, VdiHeader.BLOCKS_ALLOCATED_AT, next - shift);
    writeMap(mapAt, from, to, shift, added);
  }

  /**
   * Writes entries of a map: those of the disk so far with lower numbers, and new ones.
   *
   * @param added the first new entry; numbers go on from it
   */
  private void writeMap(long mapAt, long from, long to, long shift, long added) throws IOException {
    EntryTable old = writer.storedMap();
    byte[] piece = new byte[PIECE];
    for (long first = from; first < to; first += PIECE / BlockTable.ENTRY_BYTES) {
      int count = (int) Math.min(PIECE / BlockTable.ENTRY_BYTES, to - first);
      int length = (int) ceilDiv((long) count * BlockTable.ENTRY_BYTES, 512) * 512;
      Arrays.fill(piece, 0, length, (byte) 0);
      for (int i = 0; i < count; i++) {
        long index = first + i;
        long number = added < BlockTable.DISCARDED ? added + index - oldBlocks : added;
        long entry = index < oldBlocks ? entry(old, index) : number;
        Bytes.putU32le(
            piece,
            i * BlockTable.ENTRY_BYTES,
            entry < BlockTable.DISCARDED ? entry - shift : entry);
      }
      target.write(
          mapAt + first * BlockTable.ENTRY_BYTES,
          piece,
          0,
          shift == 0 ? count * BlockTable.ENTRY_BYTES : length);
    }
  }

  private long entry(EntryTable map, long index) throws IOException {
    byte[] page = map.page(index, io);
    return Bytes.u32le(page, (int) (index - map.pageStart(index)) * BlockTable.ENTRY_BYTES);
  }

  private static long ceilDiv(long value, long divisor) {
    return (value + divisor - 1) / divisor;
  }
}
