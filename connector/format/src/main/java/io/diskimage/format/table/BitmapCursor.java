package io.diskimage.format.table;

import io.diskimage.format.Bytes;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.ImageException;
import io.diskimage.format.IoCounters;
import io.diskimage.format.TruncatedImageException;
import java.io.IOException;

/**
 * The runs of a bitmap that is stored in clusters of bits, least significant bit first, which a
 * table of 64-bit entries names. A driver adds what an entry means.
 */
public abstract class BitmapCursor implements DirtyRanges {
  /** What {@link #resolve} says of an entry without bits of its own. */
  protected static final long ALL_CLEAN = -1;

  /** What {@link #resolve} says of an entry without bits of its own. */
  protected static final long ALL_DIRTY = -2;

  private static final int WORD_BITS = 64;

  private final BitmapShape shape;
  private final EntryTable table;
  private final long to;
  private final IoCounters io;

  private byte[] entries;
  private long entriesFrom;
  private long entriesTo;
  private byte[] bits;
  private long bitsAt = -1;
  private long bitsFrom;
  private int bitsLength;

  private long position;

  /** The piece at {@link #position}, once it is known; a run consists of pieces that are alike. */
  private long pieceEnd = -1;

  private boolean pieceDirty;
  private IOException pieceFailure;

  private long offset;
  private long length;
  private boolean dirty;
  private IOException failure;

  /**
   * A cursor over a range of the disk.
   *
   * @param shape of the bitmap
   * @param from first guest byte, 0 to {@code to}
   * @param to end of the range, at most the disk's size
   */
  protected BitmapCursor(BitmapShape shape, long from, long to, IoCounters io) {
    this.shape = shape;
    this.table = shape.table();
    this.position = from;
    this.to = to;
    this.io = io;
  }

  /**
   * What an entry says.
   *
   * @param entry 8 bytes of the table
   * @param at place of the entry in them
   * @param hostOffset of the entry
   * @return {@link #ALL_CLEAN}, {@link #ALL_DIRTY} or the host offset of the cluster with the bits
   * @throws ImageException if the entry says nothing valid
   */
  protected abstract long resolve(byte[] entry, int at, long hostOffset) throws ImageException;

  @Override
  public final boolean next() {
    if (position >= to) {
      return false;
    }
    findPiece();
    offset = position;
    dirty = pieceDirty;
    failure = pieceFailure;
    position = pieceEnd;
    while (failure == null && position < to) {
      findPiece();
      if (pieceFailure != null || pieceDirty != dirty) {
        break;
      }
      position = pieceEnd;
    }
    length = position - offset;
    return true;
  }

  private void findPiece() {
    if (pieceEnd > position) {
      return;
    }
    pieceDirty = false;
    pieceFailure = null;
    long bit = position / shape.granularity();
    long index = bit / shape.bitsPerCluster();
    try {
      turnTo(index);
    } catch (IOException unreadable) {
      end(table.pageEnd(index) * shape.bitsPerCluster(), unreadable);
      return;
    }
    try {
      int at = (int) (index - entriesFrom) * table.entryBytes();
      long host = resolve(entries, at, table.hostOffset() + index * table.entryBytes());
      if (host < 0) {
        pieceDirty = host == ALL_DIRTY;
        end((index + 1) * shape.bitsPerCluster(), null);
      } else {
        readBits(host, index, bit);
      }
    } catch (IOException invalid) {
      end((index + 1) * shape.bitsPerCluster(), invalid);
    }
  }

  /** Ends the piece in front of a bit. */
  private void end(long bit, IOException why) {
    pieceEnd = bit >= shape.bits() ? to : Math.min(to, bit * shape.granularity());
    pieceFailure = why;
  }

  private void turnTo(long index) throws IOException {
    if (entries != null && index >= entriesFrom && index < entriesTo) {
      return;
    }
    entries = null;
    entriesFrom = table.pageStart(index);
    entriesTo = table.pageEnd(index);
    requireStored(
        table.hostOffset() + entriesFrom * table.entryBytes(),
        (entriesTo - entriesFrom) * table.entryBytes(),
        "bitmap table");
    entries = table.page(index, io);
  }

  /** Finds the bits that are like the one at {@code bit}, within one page of their cluster. */
  private void readBits(long host, long index, long bit) {
    try {
      turnToBits(host, index, bit);
    } catch (IOException unreadable) {
      end(bitsFrom + bitsLength * 8L, unreadable);
      return;
    }
    pieceDirty = isSet(bit);
    int first = (int) (bit - bitsFrom);
    end(bitsFrom + runEnd(bits, first, bitsLength, pieceDirty), null);
  }

  private void turnToBits(long host, long index, long bit) throws IOException {
    long clusterBit = index * shape.bitsPerCluster();
    int pageBytes = table.source().pageBytes();
    long skip = (bit - clusterBit) / 8 / pageBytes * pageBytes;
    long storedBytes = (shape.bits() - clusterBit + WORD_BITS - 1) / WORD_BITS * Long.BYTES;
    bitsLength = (int) Math.min(pageBytes, Math.min(shape.clusterBytes(), storedBytes) - skip);
    bitsFrom = clusterBit + skip * 8;
    if (bits == null || bitsAt != host + skip) {
      bits = null;
      requireStored(host + skip, bitsLength, "bits of a bitmap");
      bits = table.source().page(host + skip, bitsLength, io);
      bitsAt = host + skip;
    }
  }

  /** Counts bits and not runs, of which a small file may pretend to have thousands of millions. */
  @Override
  public final long dirtyBytes() throws IOException {
    long bytes = 0;
    while (position < to) {
      long bit = position / shape.granularity();
      long index = bit / shape.bitsPerCluster();
      turnTo(index);
      int at = (int) (index - entriesFrom) * table.entryBytes();
      long host = resolve(entries, at, table.hostOffset() + index * table.entryBytes());
      if (host < 0) {
        end((index + 1) * shape.bitsPerCluster(), null);
        bytes += host == ALL_DIRTY ? pieceEnd - position : 0;
      } else {
        turnToBits(host, index, bit);
        end(bitsFrom + bitsLength * 8L, null);
        bytes += dirtyInPage(bit);
      }
      position = pieceEnd;
    }
    return bytes;
  }

  /** Dirty bytes from the position in granule {@code first} to the end of the piece. */
  private long dirtyInPage(long first) {
    long last = (pieceEnd - 1) / shape.granularity();
    long count = 0;
    for (long bit = first; bit <= last; ) {
      int at = (int) (bit - bitsFrom) / WORD_BITS * Long.BYTES;
      long wordBit = bitsFrom + at * 8L;
      long word = Bytes.u64le(bits, at) & -1L << (bit - wordBit);
      if (last - wordBit < WORD_BITS - 1) {
        word &= (1L << (last - wordBit + 1)) - 1;
      }
      count += Long.bitCount(word);
      bit = wordBit + WORD_BITS;
    }
    long cut = isSet(first) ? position % shape.granularity() : 0;
    long behind = (pieceEnd - 1) % shape.granularity() + 1;
    cut += isSet(last) ? shape.granularity() - behind : 0;
    return count * shape.granularity() - cut;
  }

  private boolean isSet(long bit) {
    int place = (int) (bit - bitsFrom);
    return (Bytes.u8(bits, place / 8) >>> place % 8 & 1) != 0;
  }

  /** Bit behind those that are like the first. */
  private static long runEnd(byte[] bits, int first, int bytes, boolean set) {
    int at = first / WORD_BITS * Long.BYTES;
    long unlike = -1L << first % WORD_BITS;
    while (at < bytes) {
      long word = Bytes.u64le(bits, at);
      unlike &= set ? ~word : word;
      if (unlike != 0) {
        return at * 8L + Long.numberOfTrailingZeros(unlike);
      }
      unlike = -1;
      at += Long.BYTES;
    }
    return bytes * 8L;
  }

  /** Zeros for what a cut file has lost would show a bitmap with less in it. */
  private void requireStored(long at, long bytes, String what) throws TruncatedImageException {
    if (at > shape.fileEnd() - bytes) {
      throw new TruncatedImageException(
          shape.location(), at, what + " '" + shape.name() + "' lies behind the end of the file");
    }
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
  public final boolean isDirty() {
    return dirty;
  }

  @Override
  public final IOException failure() {
    return failure;
  }
}
