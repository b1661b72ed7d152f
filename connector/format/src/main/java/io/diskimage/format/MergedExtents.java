package io.diskimage.format;

import java.io.IOException;

/**
 * Maximal runs as {@code qemu-img map} prints them: neighbours merge when zero, data, compressed,
 * depth, present, file and having an offset agree, and the offsets, if any, are contiguous
 * (formats/README.md section 6). Runs with a failure or a gap between them stay apart. The kind of
 * a merged run is that of its first part.
 */
public final class MergedExtents implements ExtentCursor {
  private static final int MERGE_FLAGS = DATA | ZERO | OFFSET | ALLOCATED | COMPRESSED;

  private final ExtentCursor source;
  private boolean sourceHasRun;
  private boolean started;
  private long offset;
  private long length;
  private ExtentKind kind;
  private int flags;
  private long hostOffset;
  private long hostLength;
  private long clusterOffset;
  private int input;
  private int depth;
  private IOException failure;

  public MergedExtents(ExtentCursor source) {
    this.source = source;
  }

  /**
   * The maximal runs that start in a slice of the disk: a run that began before {@code from} is
   * left out, the last one is followed past {@code to}. Slices that cover the disk give every run
   * exactly once.
   */
  public static ExtentCursor startingIn(DiskImage image, long from, long to, IoCounters io)
      throws IOException {
    return startingIn(from, to, (start, end) -> image.extents(start, end, io), image);
  }

  /**
   * The maximal runs of what has changed since an earlier state of the disk, as {@link
   * #startingIn}: a run ends where its content is the same again.
   *
   * @param before the earlier state, see {@link ComparedExtents#between}
   */
  public static ExtentCursor changedIn(
      DiskImage before, DiskImage image, long from, long to, IoCounters io) throws IOException {
    return startingIn(
        from, to, (start, end) -> ComparedExtents.changed(before, image, start, end, io), image);
  }

  private interface Runs {
    ExtentCursor of(long from, long to) throws IOException;
  }

  private static ExtentCursor startingIn(long from, long to, Runs runs, DiskImage image)
      throws IOException {
    if (from >= to) {
      return new MergedExtents(runs.of(to, to));
    }
    long before = Math.max(0, from - 512);
    return new StartingIn(new MergedExtents(runs.of(before, image.virtualSize())), from, to);
  }

  @Override
  public boolean next() {
    if (!started) {
      started = true;
      sourceHasRun = source.next();
    }
    if (!sourceHasRun) {
      return false;
    }
    take();
    while ((sourceHasRun = source.next()) && continues()) {
      length += source.length();
      hostLength += source.hostLength();
    }
    return true;
  }

  private void take() {
    offset = source.offset();
    length = source.length();
    kind = source.kind();
    flags = source.flags();
    hostOffset = source.hostOffset();
    hostLength = source.hostLength();
    clusterOffset = source.clusterOffset();
    input = source.input();
    depth = source.depth();
    failure = source.failure();
  }

  private boolean continues() {
    return failure == null
        && source.failure() == null
        && offset + length == source.offset()
        && ((flags ^ source.flags()) & MERGE_FLAGS) == 0
        && depth == source.depth()
        && input == source.input()
        && ((flags & OFFSET) == 0 || hostOffset + length == source.hostOffset());
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
    return hostOffset;
  }

  @Override
  public long hostLength() {
    return hostLength;
  }

  @Override
  public long clusterOffset() {
    return clusterOffset;
  }

  @Override
  public int input() {
    return input;
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public IOException failure() {
    return failure;
  }

  private static final class StartingIn extends ForwardingExtents {
    private final long from;
    private final long to;

    StartingIn(ExtentCursor source, long from, long to) {
      super(source);
      this.from = from;
      this.to = to;
    }

    @Override
    public boolean next() {
      while (super.next()) {
        if (offset() >= to) {
          return false;
        }
        if (offset() >= from) {
          return true;
        }
      }
      return false;
    }
  }
}
