package io.diskimage.format.table;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * The runs of a format whose mapping is one table of equal blocks. A driver says what one entry
 * means; this class walks the pages, clips to the range and joins blocks of one state whose host
 * positions continue each other.
 */
public abstract class BlockTableCursor implements ExtentCursor {
  private final EntryTable table;
  private final long blockSize;
  private final long end;
  private final IoCounters io;

  private long position;
  private byte[] page;
  private long pageStart;
  private long pageEnd;

  private ExtentKind entryKind;
  private int entryFlags;
  private long entryHost;

  private long offset;
  private long length;
  private ExtentKind kind;
  private int flags;
  private long hostOffset;
  private IOException failure;

  /**
   * A cursor over a range.
   *
   * @param table the mapping; entry i maps guest bytes from i * blockSize on
   * @param blockSize guest bytes per entry
   * @param from first guest byte
   * @param to end of the range
   */
  protected BlockTableCursor(EntryTable table, long blockSize, long from, long to, IoCounters io) {
    this.table = table;
    this.blockSize = blockSize;
    this.position = from;
    this.end = to;
    this.io = io;
  }

  /**
   * Says what an entry means, by one call of {@link #stored} or {@link #absent}.
   *
   * @param page bytes that hold the entry, or null for all blocks behind the end of the table,
   *     which are alike
   * @param at position of the entry in the page
   * @throws IOException if the entry cannot be followed
   */
  protected abstract void resolve(byte[] page, int at) throws IOException;

  /** The block is stored from a host offset on. */
  protected final void stored(long host) {
    entryKind = ExtentKind.DATA;
    entryFlags = DATA | OFFSET | ALLOCATED;
    entryHost = host;
  }

  /** The block is not stored. */
  protected final void absent(ExtentKind absentKind, int absentFlags) {
    entryKind = absentKind;
    entryFlags = absentFlags;
    entryHost = -1;
  }

  @Override
  public boolean next() {
    if (position >= end) {
      return false;
    }
    offset = position;
    failure = null;
    if (!resolveAt(position)) {
      return true;
    }
    kind = entryKind;
    flags = entryFlags;
    hostOffset = entryHost < 0 ? -1 : entryHost + position % blockSize;
    position = Math.min(end, nextBlock(position));
    while (position < end && resolvesAlike()) {
      position = Math.min(end, nextBlock(position));
    }
    length = position - offset;
    return true;
  }

  /**
   * Resolves the block at a guest offset; on failure the run becomes what cannot be known, and
   * false is returned.
   */
  private boolean resolveAt(long guest) {
    long index = guest / blockSize;
    boolean inTable = index < table.entries();
    try {
      if (inTable) {
        turnTo(index);
      }
    } catch (IOException unreadable) {
      // The page's own run, whichever of its blocks were asked for.
      fail(unreadable, Math.min(end, saturatingProduct(table.pageEnd(index))));
      return false;
    }
    try {
      resolve(inTable ? page : null, inTable ? placeInPage(index) : 0);
      return true;
    } catch (IOException corrupt) {
      fail(corrupt, Math.min(end, nextBlock(guest)));
      return false;
    }
  }

  private void turnTo(long index) throws IOException {
    if (page == null || index < pageStart || index >= pageEnd) {
      page = null;
      page = table.page(index, io);
      pageStart = table.pageStart(index);
      pageEnd = table.pageEnd(index);
    }
  }

  private int placeInPage(long index) {
    return (int) (index - pageStart) * table.entryBytes();
  }

  private boolean resolvesAlike() {
    long index = position / blockSize;
    try {
      if (index >= table.entries()) {
        resolve(null, 0);
      } else {
        turnTo(index);
        resolve(page, placeInPage(index));
      }
    } catch (IOException shownByTheNextStep) {
      return false;
    }
    return entryKind == kind
        && entryFlags == flags
        && (hostOffset < 0 || entryHost == hostOffset + (position - offset));
  }

  private void fail(IOException why, long until) {
    failure = why;
    kind = null;
    flags = 0;
    hostOffset = -1;
    position = until;
    length = until - offset;
  }

  /** End of the block at a guest offset; behind the table there is one block without end. */
  private long nextBlock(long guest) {
    long block = guest / blockSize;
    return block >= table.entries() ? Long.MAX_VALUE : saturatingProduct(block + 1);
  }

  private long saturatingProduct(long blocks) {
    return Math.multiplyHigh(blocks, blockSize) != 0 || blocks * blockSize < 0
        ? Long.MAX_VALUE
        : blocks * blockSize;
  }

  @Override
  public final long offset() {
    return offset;
  }

  @Override
  public final long length() {
    return length;
  }

  @Override
  public final ExtentKind kind() {
    return kind;
  }

  @Override
  public final int flags() {
    return flags;
  }

  @Override
  public final long hostOffset() {
    return hostOffset;
  }

  @Override
  public final long hostLength() {
    return hostOffset < 0 ? 0 : length;
  }

  @Override
  public final long clusterOffset() {
    return offset;
  }

  @Override
  public final int input() {
    return 0;
  }

  @Override
  public final int depth() {
    return kind == ExtentKind.BACKING || kind == null ? -1 : 0;
  }

  @Override
  public final IOException failure() {
    return failure;
  }
}
