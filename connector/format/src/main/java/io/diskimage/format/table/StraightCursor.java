package io.diskimage.format.table;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import java.io.IOException;

/** The one run of a range that is stored byte for byte in the image file, without any mapping. */
public final class StraightCursor implements ExtentCursor {
  private final long offset;
  private final long length;
  private boolean done;

  /**
   * A cursor over a range whose guest offsets are host offsets.
   *
   * @param from first guest byte
   * @param to end of the range
   */
  public StraightCursor(long from, long to) {
    this.offset = from;
    this.length = to - from;
  }

  @Override
  public boolean next() {
    boolean first = !done && length > 0;
    done = true;
    return first;
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
    return ExtentKind.DATA;
  }

  @Override
  public int flags() {
    return DATA | OFFSET | ALLOCATED;
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
