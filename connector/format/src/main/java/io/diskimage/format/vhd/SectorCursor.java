package io.diskimage.format.vhd;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import java.io.IOException;

/**
 * The runs of a disk whose sector bitmaps count: stored blocks are split where their bits change
 * (vhd.md section 9.4), all else is as the block table says.
 */
final class SectorCursor implements ExtentCursor {
  private static final int SECTOR = 512;

  private final ExtentCursor blocks;
  private final StoredSectors stored;
  private final ExtentKind absentKind;
  private final int absentFlags;

  private long offset;
  private long length;
  private ExtentKind kind;
  private int flags;
  private IOException failure;

  /**
   * A cursor over the blocks of a range.
   *
   * @param blocks runs by the block table alone
   * @param absentKind of sectors that a stored block does not hold
   * @param absentFlags of the same
   */
  SectorCursor(ExtentCursor blocks, StoredSectors stored, ExtentKind absentKind, int absentFlags) {
    this.blocks = blocks;
    this.stored = stored;
    this.absentKind = absentKind;
    this.absentFlags = absentFlags;
  }

  @Override
  public boolean next() {
    offset += length;
    if (offset >= blocks.offset() + blocks.length()) {
      if (!blocks.next()) {
        length = 0;
        return false;
      }
      offset = blocks.offset();
    }
    kind = blocks.kind();
    flags = blocks.flags();
    failure = blocks.failure();
    length = blocks.length();
    if (kind == ExtentKind.DATA) {
      splitBlock();
    }
    return true;
  }

  /** Cuts the run to the sectors of its first block that are alike. */
  private void splitBlock() {
    long end = blocks.offset() + blocks.length();
    long inBlock = offset % stored.blockSize();
    long block = offset - inBlock;
    length = Math.min(end, block + stored.blockSize()) - offset;
    int sector = (int) (inBlock / SECTOR);
    try {
      stored.turnTo(dataAt(block));
      if (!stored.contains(sector)) {
        kind = absentKind;
        flags = absentFlags;
      }
      length = Math.min(length, block + (long) stored.runEnd(sector) * SECTOR - offset);
    } catch (IOException unreadable) {
      failure = unreadable;
      kind = null;
      flags = 0;
    }
  }

  private long dataAt(long guest) {
    return blocks.hostOffset() + (guest - blocks.offset());
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public ExtentKind kind() {
    return kind;
  }

  @Override
  public int flags() {
    return flags;
  }

  @Override
  public long hostOffset() {
    return (flags & OFFSET) == 0 ? -1 : dataAt(offset);
  }

  @Override
  public long hostLength() {
    return (flags & OFFSET) == 0 ? 0 : length;
  }

  @Override
  public long clusterOffset() {
    return offset;
  }

  @Override
  public int input() {
    return 0;
  }

  @Override
  public int depth() {
    return kind == ExtentKind.BACKING || kind == null ? -1 : 0;
  }

  @Override
  public IOException failure() {
    return failure;
  }
}
