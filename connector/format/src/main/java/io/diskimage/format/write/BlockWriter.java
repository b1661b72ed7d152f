package io.diskimage.format.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.table.WrittenTables;
import java.io.IOException;
import java.util.Arrays;

/**
 * An image whose disk is cut into equal blocks that one table maps. This class goes through a range
 * run by run, as the reader's cursor gives them: what is stored is written in place, what is not
 * gets host space. A driver says where that is, and what its table then holds.
 */
public abstract class BlockWriter extends WrittenImage {
  private static final int PIECE = 1 << 20;
  private static final byte[] ZEROS = new byte[64 << 10];

  private final DiskImage backing;
  private final IoCounters io = new IoCounters();
  private final WrittenTables tables;

  /** From here on nothing was ever stored in a block: what the file has there reads as zero. */
  private long freshFrom;

  /** Host space for blocks that the table does not map yet. */
  protected abstract static class NewBlocks {
    private final long first;
    private final long count;
    private final long hostOffset;

    /**
     * Space for blocks side by side.
     *
     * @param first block of the disk
     * @param count of blocks, at least 1
     * @param hostOffset of the data of the first block; those of the others follow
     */
    protected NewBlocks(long first, long count, long hostOffset) {
      this.first = first;
      this.count = count;
      this.hostOffset = hostOffset;
    }

    /** Lets the table in memory map the blocks; cannot fail. */
    protected abstract void map();

    /** Gives the space back, since it could not be filled. */
    protected abstract void giveBack();
  }

  /**
   * An image over its file.
   *
   * @param target closed with the image
   */
  protected BlockWriter(ImageTarget target, WriteOptions options) {
    super(target);
    this.backing = options.backing();
    this.freshFrom = target.sectorLength();
    this.tables = new WrittenTables(target, options.open().limits());
  }

  /** Guest bytes of a block. */
  protected abstract long blockSize();

  /** Runs of whole or clipped blocks, by the table alone. */
  protected abstract ExtentCursor blocks(long from, long to);

  /**
   * Takes host space for blocks that are not stored, and reads what is needed to map them.
   *
   * @param first block
   * @param count most blocks that are wanted; fewer are taken where they would not lie side by side
   */
  protected abstract NewBlocks claim(long first, long count) throws IOException;

  /** Whether the content of blocks of this kind is that of the layer below. */
  protected boolean isOfBacking(ExtentKind kind) {
    return kind == ExtentKind.BACKING;
  }

  /**
   * Told of guest data that were written to a block, before a new one is mapped.
   *
   * @param hostOffset where they lie
   */
  protected void stored(long guestOffset, long length, long hostOffset) throws IOException {}

  /**
   * Gives up stored blocks side by side; what they held reads as zero.
   *
   * @param hostOffset of the first one's data
   * @return whether the format can; if not, nothing was done
   */
  protected boolean giveUp(long first, long count, long hostOffset) throws IOException {
    return false;
  }

  /**
   * Lets blocks that show the layer below read as zero.
   *
   * @return whether the format can; if not, nothing was done
   */
  protected boolean hide(long first, long count) throws IOException {
    return false;
  }

  /** Whether a part of the file that no block ever had reads as zero. */
  protected boolean isZero(long hostOffset, long length) {
    return true;
  }

  /** Says that a part of the file has content. */
  protected final void touch(long hostEnd) {
    freshFrom = Math.max(freshFrom, hostEnd);
  }

  /** Whether the rest of a new block is stored, too, with what it shows. */
  protected boolean isFilled() {
    return true;
  }

  /** The table's pages, for the reader too. */
  protected final WrittenTables tables() {
    return tables;
  }

  /** Counts what is read for writing. */
  protected final IoCounters io() {
    return io;
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    long end = guestOffset + length;
    long at = guestOffset;
    while (at < end) {
      ExtentCursor run = runAt(at, end);
      int from = offset + (int) (at - guestOffset);
      if (run.kind() == ExtentKind.DATA) {
        target().write(run.hostOffset(), source, from, (int) run.length());
        stored(at, run.length(), run.hostOffset());
        at += run.length();
      } else {
        at += putNew(run, source, from);
      }
    }
  }

  /** First run of a range, whose entries are known. */
  private ExtentCursor runAt(long from, long to) throws IOException {
    if (tables.isFull()) {
      sync();
    }
    ExtentCursor run = blocks(from, to);
    run.next();
    if (run.failure() != null) {
      throw run.failure();
    }
    return run;
  }

  /** Stores the first blocks of an absent run: as many as get space side by side. */
  private long putNew(ExtentCursor run, byte[] source, int offset) throws IOException {
    long from = run.offset();
    long first = from / blockSize();
    NewBlocks space = claim(first, (from + run.length() - 1) / blockSize() - first + 1);
    long start = first * blockSize();
    long end = start + space.count * blockSize();
    long to = Math.min(from + run.length(), end);
    boolean fresh = space.hostOffset >= freshFrom && isZero(space.hostOffset, end - start);
    touch(space.hostOffset + (end - start));
    try {
      boolean below = isOfBacking(run.kind());
      fill(start, from, space, below, fresh);
      target().write(space.hostOffset + from - start, source, offset, (int) (to - from));
      fill(to, end, space, below, fresh);
      stored(from, to - from, space.hostOffset + from - start);
    } catch (IOException notStored) {
      space.giveBack();
      throw notStored;
    }
    space.map();
    return to - from;
  }

  /** Gives a part of new blocks, which nobody writes, the content that it shows. */
  private void fill(long from, long to, NewBlocks space, boolean below, boolean fresh)
      throws IOException {
    if (!isFilled()) {
      return;
    }
    long at = from;
    long host = space.hostOffset - space.first * blockSize();
    if (below && from < to) {
      long belowEnd = Math.min(Math.min(to, virtualSize()), requireBacking(from).virtualSize());
      while (at < belowEnd) {
        byte[] piece = new byte[(int) Math.min(PIECE, belowEnd - at)];
        readBacking(at, piece, 0, piece.length);
        target().write(host + at, piece, 0, piece.length);
        at += piece.length;
      }
    }
    if (fresh) {
      at = Math.max(at, target().length() - host);
    }
    if (at < to) {
      target().zero(host + at, to - at);
    }
  }

  /** Reads what the layer below shows; zeros behind its end. */
  protected final void readBacking(long guestOffset, byte[] into, int offset, int length)
      throws IOException {
    DiskImage below = requireBacking(guestOffset);
    int there = (int) Math.max(0, Math.min(length, below.virtualSize() - guestOffset));
    Arrays.fill(into, offset + there, offset + length, (byte) 0);
    if (there > 0) {
      try (ImageContent content = new ImageContent(below, io)) {
        content.read(guestOffset, into, offset, there);
      }
    }
  }

  private DiskImage requireBacking(long guestOffset) throws ReferenceDeniedException {
    if (backing == null) {
      throw new ReferenceDeniedException(
          target().location(),
          ImageException.NO_OFFSET,
          "guest offset " + guestOffset + " lies in a lower layer");
    }
    return backing;
  }

  /** Size of the disk below in bytes; 0 without one. */
  protected final long backingSize() {
    return backing == null ? 0 : backing.virtualSize();
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    long end = guestOffset + length;
    long at = guestOffset;
    while (at < end) {
      ExtentCursor run = runAt(at, end);
      if (run.kind() == ExtentKind.DATA) {
        zeroStored(run, unmap);
      } else if (isOfBacking(run.kind())) {
        zeroOfBacking(run);
      }
      at += run.length();
    }
  }

  private void zeroStored(ExtentCursor run, boolean unmap) throws IOException {
    long from = run.offset();
    long to = from + run.length();
    long whole = firstWhole(from);
    long wholeEnd = lastWhole(to);
    if (unmap && whole < wholeEnd && giveUp(whole, wholeEnd, run)) {
      zeroInPlace(run, from, whole);
      zeroInPlace(run, wholeEnd, to);
    } else {
      zeroInPlace(run, from, to);
    }
  }

  private boolean giveUp(long from, long to, ExtentCursor run) throws IOException {
    return giveUp(from / blockSize(), blocksIn(from, to), run.hostOffset() + (from - run.offset()));
  }

  private void zeroInPlace(ExtentCursor run, long from, long to) throws IOException {
    if (from < to) {
      long host = run.hostOffset() + (from - run.offset());
      target().zero(host, to - from);
      stored(from, to - from, host);
    }
  }

  private void zeroOfBacking(ExtentCursor run) throws IOException {
    long from = run.offset();
    long to = from + run.length();
    long whole = firstWhole(from);
    long wholeEnd = lastWhole(to);
    if (whole < wholeEnd && hide(whole / blockSize(), blocksIn(whole, wholeEnd))) {
      putZeros(from, whole);
      putZeros(wholeEnd, to);
    } else {
      putZeros(from, to);
    }
  }

  /** In pieces that end where sectors do, so that none of these is left half changed. */
  private void putZeros(long from, long to) throws IOException {
    for (long at = from; at < to; ) {
      int length = (int) Math.min(ZEROS.length - at % ZEROS.length, to - at);
      put(at, ZEROS, 0, length);
      at += length;
    }
  }

  @Override
  protected void drop(long guestOffset, long length) throws IOException {
    long end = lastWhole(guestOffset + length);
    long at = firstWhole(guestOffset);
    while (at < end) {
      ExtentCursor run = runAt(at, end);
      if (run.kind() == ExtentKind.DATA) {
        giveUp(at, at + run.length(), run);
      } else if (isOfBacking(run.kind())) {
        hide(at / blockSize(), blocksIn(at, at + run.length()));
      }
      at += run.length();
    }
  }

  private long firstWhole(long offset) {
    return (offset + blockSize() - 1) / blockSize() * blockSize();
  }

  /** The last block may be cut by the end of the disk. */
  private long lastWhole(long offset) {
    return offset == virtualSize() ? offset : offset / blockSize() * blockSize();
  }

  private long blocksIn(long from, long to) {
    return (to - from + blockSize() - 1) / blockSize();
  }

  /**
   * Flushes the target.
   *
   * @throws IOException after which nothing written since the last flush can be told, nor will any
   *     more be written
   */
  protected final void barrier() throws IOException {
    try {
      target().flush();
    } catch (IOException unknown) {
      throw lose(unknown);
    }
  }
}
