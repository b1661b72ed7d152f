package io.diskimage.format;

import java.io.IOException;
import java.util.List;

/**
 * The runs of a disk, each with whether its content may differ from that of an earlier state of the
 * same disk. Told from the mapping tables of both states alone: content is the same where both read
 * as zero, where both leave it to the layer below, and where both say that it is stored at the same
 * place, because a place that a state refers to is not written to any more. What was written again
 * with the same bytes therefore counts as changed.
 *
 * <p>What only this disk has, behind the end of a shorter earlier state, has changed. An entry of
 * either state that cannot be followed is a {@link #failure()}, and may have changed.
 *
 * <p>A step allocates nothing. Runs are cut where they begin or cease to differ, and where a run of
 * either state ends.
 */
public final class ComparedExtents implements ExtentCursor {
  private final ExtentCursor before;
  private final ExtentCursor after;

  /** For an input of the one state, which input of the earlier state is the same file; -1: none. */
  private final int[] earlierInputs;

  private final long beforeTo;
  private final long to;

  private long beforeEnd;
  private long afterEnd;
  private long offset;
  private long length;
  private boolean changed;

  private ComparedExtents(
      ExtentCursor before,
      ExtentCursor after,
      int[] earlierInputs,
      long from,
      long beforeTo,
      long to) {
    this.before = before;
    this.after = after;
    this.earlierInputs = earlierInputs;
    this.beforeTo = beforeTo;
    this.to = to;
    this.beforeEnd = from;
    this.afterEnd = from;
    this.offset = from;
  }

  /**
   * The runs of {@code [from, to)} of {@code after}.
   *
   * @param before the earlier state: a view of the same image, of any size
   * @param after the state whose runs these are
   * @param from first guest byte, 0 to {@code to}
   * @param to end of the range, at most the virtual size of {@code after}
   * @param io counts the table reads
   */
  public static ComparedExtents between(
      DiskImage before, DiskImage after, long from, long to, IoCounters io) throws IOException {
    long beforeTo = Math.max(from, Math.min(to, before.virtualSize()));
    ExtentCursor earlier = from < beforeTo ? before.extents(from, beforeTo, io) : null;
    return new ComparedExtents(
        earlier, after.extents(from, to, io), sameFiles(before, after), from, beforeTo, to);
  }

  /** States of a chain need not number its files alike. */
  private static int[] sameFiles(DiskImage before, DiskImage after) throws IOException {
    List<String> earlier = locations(before);
    return locations(after).stream().mapToInt(earlier::indexOf).toArray();
  }

  private static List<String> locations(DiskImage image) throws IOException {
    return image.inputs().stream().map(stored -> stored.input().location()).toList();
  }

  /** As {@link #between}, without the runs whose content is the same. */
  static ExtentCursor changed(DiskImage before, DiskImage after, long from, long to, IoCounters io)
      throws IOException {
    ComparedExtents all = between(before, after, from, to, io);
    return new ForwardingExtents(all) {
      @Override
      public boolean next() {
        while (super.next()) {
          if (all.changed()) {
            return true;
          }
        }
        return false;
      }
    };
  }

  /** Whether the content of the current run may differ from that of the earlier state. */
  public boolean changed() {
    return changed;
  }

  @Override
  public boolean next() {
    offset += length;
    length = 0;
    if (offset >= to) {
      return false;
    }
    if (offset >= afterEnd) {
      afterEnd = nextEnd(after);
    }
    long end = afterEnd;
    changed = true;
    if (offset < beforeTo) {
      if (offset >= beforeEnd) {
        beforeEnd = nextEnd(before);
      }
      end = Math.min(end, beforeEnd);
      changed = !isSame();
    }
    length = end - offset;
    return true;
  }

  private long nextEnd(ExtentCursor runs) {
    if (!runs.next()) {
      throw new IllegalStateException("the mapping ends at " + offset + ", not at " + to);
    }
    return runs.offset() + runs.length();
  }

  private boolean isSame() {
    if (before.failure() != null || after.failure() != null) {
      return false;
    }
    ExtentKind kind = after.kind();
    return switch (kind) {
      case ZERO, UNALLOCATED ->
          before.kind() == ExtentKind.ZERO || before.kind() == ExtentKind.UNALLOCATED;
      case BACKING -> before.kind() == kind;
      case DATA -> before.kind() == kind && isSamePlace();
      case COMPRESSED ->
          before.kind() == kind
              && isSamePlace()
              && before.hostLength() == after.hostLength()
              && before.clusterOffset() == after.clusterOffset();
    };
  }

  private boolean isSamePlace() {
    return after.hostOffset() >= 0
        && before.input() == earlierInputs[after.input()]
        && (before.flags() & ENCRYPTED) == (after.flags() & ENCRYPTED)
        && hostAt(before) == hostAt(after);
  }

  private long hostAt(ExtentCursor run) {
    boolean straight = run.kind() != ExtentKind.COMPRESSED && run.hostOffset() >= 0;
    return straight ? run.hostOffset() + (offset - run.offset()) : run.hostOffset();
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
    return failure() == null ? after.kind() : null;
  }

  @Override
  public int flags() {
    return failure() == null ? after.flags() : 0;
  }

  @Override
  public long hostOffset() {
    return failure() == null ? hostAt(after) : -1;
  }

  @Override
  public long hostLength() {
    if (failure() != null) {
      return 0;
    }
    return after.kind() == ExtentKind.COMPRESSED
        ? after.hostLength()
        : after.hostOffset() < 0 ? 0 : length;
  }

  @Override
  public long clusterOffset() {
    return kind() == ExtentKind.COMPRESSED ? after.clusterOffset() : offset;
  }

  @Override
  public int input() {
    return after.input();
  }

  @Override
  public int depth() {
    return failure() == null ? after.depth() : -1;
  }

  @Override
  public IOException failure() {
    if (after.failure() != null) {
      return after.failure();
    }
    return offset < beforeTo ? before.failure() : null;
  }
}
