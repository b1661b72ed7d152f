package io.diskimage.format.bundle;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.List;

/**
 * The runs of segments one behind the other. What a segment's disk is too short for reads as zero,
 * without a place in any file (parallels-bundle.md section 5).
 */
final class SegmentExtents implements ExtentCursor {
  private final List<Segment> segments;
  private final long end;
  private final IoCounters io;

  private int index;
  private Segment segment;

  /** Of the segment's disk; null behind its end, and where it gives none. */
  private ExtentCursor run;

  private long offset;
  private long length;
  private IOException failure;

  /**
   * A cursor over a range.
   *
   * @param segments cover it without gaps, in ascending order
   */
  SegmentExtents(List<Segment> segments, long from, long to, IoCounters io) {
    this.segments = segments;
    this.offset = from;
    this.end = to;
    this.io = io;
  }

  @Override
  public boolean next() {
    offset += length;
    length = 0;
    if (offset >= end) {
      return false;
    }
    failure = null;
    while (segment == null || offset >= segment.end()) {
      segment = segments.get(index++);
      run = null;
    }
    long stored = Math.min(end, segment.storedEnd());
    if (offset >= stored) {
      run = null;
      length = Math.min(end, segment.end()) - offset;
      return true;
    }
    try {
      if (run == null) {
        run = segment.disk().extents(offset - segment.start(), stored - segment.start(), io);
      }
      run.next();
      failure = run.failure();
      length = run.length();
    } catch (IOException unreadable) {
      run = null;
      failure = unreadable;
      length = stored - offset;
    }
    return true;
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
    if (failure != null) {
      return null;
    }
    return run == null ? ExtentKind.UNALLOCATED : run.kind();
  }

  @Override
  public int flags() {
    if (failure != null) {
      return 0;
    }
    return run == null ? ZERO : run.flags();
  }

  @Override
  public long hostOffset() {
    return run == null ? -1 : run.hostOffset();
  }

  @Override
  public long hostLength() {
    return run == null ? 0 : run.hostLength();
  }

  @Override
  public long clusterOffset() {
    return run == null ? offset : segment.start() + run.clusterOffset();
  }

  @Override
  public int input() {
    return segment.firstInput() + (run == null ? 0 : run.input());
  }

  @Override
  public int depth() {
    if (failure != null) {
      return -1;
    }
    return run == null ? 0 : run.depth();
  }

  @Override
  public IOException failure() {
    return failure;
  }
}
