package io.diskimage.format.vhd;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;

/**
 * Where the next block goes, and the footer behind it (vhd.md section 5).
 *
 * <p>A file grows by a new footer far behind its end, in one write that either happens or not; only
 * when that is on stable storage the old footer is written over. Closing puts a footer behind the
 * last block and cuts the file there.
 */
final class BlockArea {
  /** How far ahead of the blocks the footer goes: the file has a hole there. */
  private static final long RESERVE = 16L << 30;

  private static final int FOOTER = VhdFooter.BYTES;
  private static final long ALIGNMENT = 4096;
  private static final long MAX_PLACE = BlockTable.NOT_ALLOCATED * 512;

  private final ImageTarget target;
  private final Barrier barrier;
  private final MetadataAreas metadata;
  private final byte[] footer;
  private final long unit;
  private final long bitmapBytes;
  private final long most;
  private final boolean aligned;
  private long blocksEnd;
  private long free;
  private long tailAt;
  private long formerTailAt = -1;
  private long reserve = RESERVE;
  private boolean moved;

  /** Brings what was written to stable storage. */
  @FunctionalInterface
  interface Barrier {
    void flush() throws IOException;
  }

  private BlockArea(
      ImageTarget target,
      Barrier barrier,
      byte[] footer,
      DiskLayout layout,
      long blocksEnd,
      long tailAt,
      boolean aligned) {
    this.target = target;
    this.barrier = barrier;
    this.metadata = layout.metadata();
    this.footer = footer;
    this.unit = layout.unit();
    this.bitmapBytes = layout.bitmapBytes();
    this.most = layout.blocks() * (unit + ALIGNMENT);
    this.aligned = aligned;
    this.blocksEnd = blocksEnd;
    this.tailAt = tailAt;
    this.free = align(blocksEnd);
  }

  /**
   * The area of a file whose blocks lie where blocks may lie.
   *
   * @throws CorruptImageException if one lies over what is no block, or over another one
   * @throws TruncatedImageException if one reaches behind the end of the file
   */
  static BlockArea of(
      ImageTarget target, VhdHeader header, Limits limits, IoCounters io, Barrier barrier)
      throws IOException {
    Footers footers = Footers.read(target, io);
    HeaderCopy copy = HeaderCopy.read(target, header.footer().dataOffset(), header.footer(), io);
    Batmap batmap =
        Batmap.mayBeIn(header.footer()) ? Batmap.read(target, header.dynamic(), io) : null;
    DiskLayout layout =
        new DiskLayout(
            target,
            limits,
            footers,
            copy,
            header.sectors(),
            batmap == null || !batmap.hasCookie() ? null : batmap);
    long end = layout.metadataEnd();
    boolean aligned = true;
    long stored = 0;
    EntryTable table = layout.table();
    for (long index = 0; index < table.entries(); ) {
      byte[] page = table.page(index, io);
      long start = index;
      for (; index < table.pageEnd(start); index++) {
        long entry = DiskLayout.entry(page, start, index);
        if (entry == BlockTable.NOT_ALLOCATED) {
          continue;
        }
        long place = DiskLayout.host(entry);
        requireOwnPlace(target, layout, index, entry);
        end = Math.max(end, place + layout.unit());
        aligned &= (place + layout.bitmapBytes()) % ALIGNMENT == 0;
        stored++;
      }
    }
    requireApart(target, layout, stored, limits, io);
    long tailAt = footers.hasTail() ? footers.tail().at() : -1;
    if (stored == 0) {
      // Windows puts the footer where the first bitmap will go.
      aligned = tailAt > end && (tailAt + layout.bitmapBytes()) % ALIGNMENT == 0;
    }
    byte[] footer = new byte[FOOTER];
    target.readPadded(0, footer, 0, FOOTER);
    return new BlockArea(target, barrier, footer, layout, end, tailAt, aligned);
  }

  private static void requireOwnPlace(ImageTarget target, DiskLayout layout, long index, long entry)
      throws ImageException {
    long place = DiskLayout.host(entry);
    long end = place + layout.unit();
    if (layout.metadata().overlaps(place, end)) {
      throw new CorruptImageException(
          target.location(),
          layout.entryAt(index),
          "block " + index + " lies over headers or tables");
    }
    if (end > target.sectorLength()) {
      throw new TruncatedImageException(
          target.location(),
          layout.entryAt(index),
          "block-vpc: free_data_block_offset points after the end of file. The image has been"
              + " truncated.");
    }
    if (end > layout.dataEnd()) {
      throw new CorruptImageException(
          target.location(), layout.entryAt(index), "block " + index + " lies over the footer");
    }
  }

  /** Writing to one of two blocks that share a place would change the other. */
  private static void requireApart(
      ImageTarget target, DiskLayout layout, long stored, Limits limits, IoCounters io)
      throws IOException {
    long[] free = {0};
    new HostOrder(target, layout, stored, limits.tableCacheBytes(), io, (entry, entries) -> {})
        .walk(
            (keys, count) -> {
              for (int i = 0; i < count; i++) {
                long place = DiskLayout.host(HostOrder.entry(keys[i]));
                long index = HostOrder.index(keys[i]);
                if (place < free[0]) {
                  throw new CorruptImageException(
                      target.location(),
                      layout.entryAt(index),
                      "block " + index + " lies over another one");
                }
                free[0] = place + layout.unit();
              }
            });
  }

  private long align(long offset) {
    return aligned
        ? (offset + bitmapBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - bitmapBytes
        : offset;
  }

  /** Takes the place of a block, with room for it in front of the footer. */
  long claim() throws IOException {
    long place = free;
    long end = place + unit;
    if (place >= MAX_PLACE) {
      throw new UnsupportedImageException(
          target.location(), place, "no entry can name a block behind 2 TiB");
    }
    if (tailAt < end) {
      growTo(align(end));
    }
    blocksEnd = end;
    free = align(end);
    return place;
  }

  /** Puts the footer behind a range that blocks may then use. */
  private void growTo(long end) throws IOException {
    if (tailAt >= 0 && target.length() > tailAt + FOOTER) {
      // What a failed write left behind would end the file.
      target.setLength(tailAt + FOOTER);
    }
    long footerAt = end + Math.min(reserve, most);
    // Also a write that fails may have made the file longer.
    moved = true;
    try {
      target.write(footerAt, footer, 0, FOOTER);
    } catch (IOException noRoom) {
      // Not every file system has holes: the next time no more is asked for than is needed.
      reserve = 0;
      throw noRoom;
    }
    formerTailAt = tailAt;
    tailAt = footerAt;
    barrier.flush();
  }

  /** Keeps blocks behind a host offset, and the footer too. */
  void startAt(long offset) throws IOException {
    if (blocksEnd < offset) {
      blocksEnd = offset;
      free = align(offset);
    }
    if (tailAt < offset) {
      growTo(free);
    }
  }

  /** Whether a footer stood in a range before the file grew. */
  boolean hadFooterIn(long from, long length) {
    return from - FOOTER < formerTailAt && formerTailAt < from + length;
  }

  /** Where the next block goes. */
  long free() {
    return free;
  }

  /** Whether headers, locators or maps lie in a range. */
  boolean hasMetadata(long from, long to) {
    return metadata.overlaps(from, to);
  }

  /** Lets the footer go behind the last block when the file is closed. */
  void trimLater() {
    moved = true;
  }

  /** Gives back the place that was taken last. */
  void giveBack(long place) {
    free = place;
    blocksEnd = place;
  }

  /** Ends the file behind the last block, if blocks were added. */
  void trim() throws IOException {
    if (!moved) {
      return;
    }
    if (tailAt > free) {
      target.zero(blocksEnd, free - blocksEnd);
    }
    if (tailAt != free) {
      target.write(free, footer, 0, FOOTER);
      barrier.flush();
      tailAt = free;
    }
    if (target.length() > free + FOOTER) {
      target.setLength(free + FOOTER);
      barrier.flush();
    }
  }

  /** Where the footer at the end stands, or -1. */
  long tailAt() {
    return tailAt;
  }
}
