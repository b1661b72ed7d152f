package io.diskimage.format.table;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import java.io.IOException;

/**
 * A range that is stored byte for byte in the image file, without any mapping; what lies behind the
 * end of the stored bytes is a run of its own that reads as zero.
 */
public final class StraightCursor implements ExtentCursor {
  private static final int STORED_FLAGS = DATA | OFFSET | ALLOCATED;
  private static final int ABSENT_FLAGS = ZERO | OFFSET | ALLOCATED;

  private final long to;
  private final long storedEnd;
  private long offset;
  private long length;

  /**
   * A cursor over a range whose guest offsets are host offsets.
   *
   * @param from first guest byte
   * @param to end of the range
   */
  public StraightCursor(long from, long to) {
    this(from, to, Long.MAX_VALUE);
  }

  /**
   * A cursor over a range whose guest offsets are host offsets.
   *
   * @param from first guest byte
   * @param to end of the range
   * @param storedEnd end of the stored bytes
   */
  public StraightCursor(long from, long to, long storedEnd) {
    this.offset = from;
    this.to = to;
    this.storedEnd = storedEnd;
  }

  @Override
  public boolean next() {
    offset += length;
    length = (offset < storedEnd ? Math.min(to, storedEnd) : to) - offset;
    return length > 0;
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
    return offset < storedEnd ? ExtentKind.DATA : ExtentKind.UNALLOCATED;
  }

  @Override
  public int flags() {
    return offset < storedEnd ? STORED_FLAGS : ABSENT_FLAGS;
  }

  @Override
  public long hostOffset() {
    return offset;
  }

  @Override
  public long hostLength() {
    return length;
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
    return 0;
  }

  @Override
  public IOException failure() {
    return null;
  }
}
