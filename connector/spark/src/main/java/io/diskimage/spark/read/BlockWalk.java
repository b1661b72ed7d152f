package io.diskimage.spark.read;

import io.diskimage.format.BlockGrid;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Cuts runs into blocks. A step is a stretch: whole blocks that lie in one run and differ by their
 * place alone, or one block of several runs. What a step says does not depend on where the cursor
 * happens to split a run.
 */
final class BlockWalk {
  private static final long NONE = -1;

  private final ExtentCursor runs;
  private final BlockGrid grid;
  private final long to;
  private final MixedParts mixedParts;
  private final BooleanSupplier runChanged;

  private long position;
  private long runEnd;
  private long start;
  private boolean mixed;

  private ExtentKind kind;
  private boolean changed;
  private boolean backing;
  private boolean contiguous;
  private boolean plain;
  private long hostOffset;
  private long hostLength;
  private int depth;
  private int input;
  private IOException failure;

  /** Takes the stored parts of blocks that consist of several runs, as the walk meets them. */
  interface MixedParts {

    /** A block begins. */
    void begin();

    /**
     * A stored part.
     *
     * @param run the cursor's current run
     * @param guestOffset of the part, within the run
     * @param length of the part
     * @param blockOffset place of the part in its block
     */
    void add(ExtentCursor run, long guestOffset, int length, int blockOffset);

    /** Nobody wants the block. */
    void drop();
  }

  /**
   * A walk over {@code [from, to)}.
   *
   * @param runs that cover the range
   * @param from start of a block
   * @param to end of a block
   * @param mixedParts null if nobody wants them
   * @param runChanged whether the cursor's current run is one of those asked for
   */
  BlockWalk(
      ExtentCursor runs,
      BlockGrid grid,
      long from,
      long to,
      MixedParts mixedParts,
      BooleanSupplier runChanged) {
    this.runs = runs;
    this.runChanged = runChanged;
    this.grid = grid;
    this.position = from;
    this.runEnd = from;
    this.to = to;
    this.mixedParts = mixedParts;
  }

  /** Goes to the next stretch; false at the end. */
  boolean next() {
    if (position >= to) {
      return false;
    }
    start = position;
    reachRun(position);
    long wholeEnd = runEnd >= to ? to : grid.blockStart(runEnd);
    mixed = wholeEnd <= position;
    if (mixed) {
      combine(grid.blockEnd(position));
    } else {
      takeRun(position);
      position = wholeEnd;
    }
    return true;
  }

  private void reachRun(long offset) {
    while (runEnd <= offset) {
      if (!runs.next()) {
        throw new IllegalStateException("the mapping ends at " + runEnd + ", not at " + to);
      }
      runEnd = runs.offset() + runs.length();
    }
  }

  private void takeRun(long offset) {
    kind = runs.kind();
    failure = runs.failure();
    changed = runChanged.getAsBoolean();
    backing = kind == ExtentKind.BACKING;
    contiguous = true;
    plain = kind != ExtentKind.COMPRESSED && runs.hostOffset() >= 0;
    hostOffset = hostAt(offset);
    hostLength = runs.hostLength();
    depth = runs.depth();
    input = runs.input();
  }

  private long hostAt(long offset) {
    return plain ? runs.hostOffset() + (offset - runs.offset()) : runs.hostOffset();
  }

  private void combine(long blockEnd) {
    takeRun(position);
    hostLength = plain ? 0 : hostLength;
    if (mixedParts != null) {
      mixedParts.begin();
    }
    long part = position;
    while (true) {
      long partEnd = Math.min(runEnd, blockEnd);
      if (part > start) {
        join(part);
      }
      if (plain && contiguous) {
        hostLength += partEnd - part;
      }
      if (mixedParts != null && runs.kind() != null && runs.kind().stored()) {
        mixedParts.add(runs, part, (int) (partEnd - part), (int) (part - start));
      }
      part = partEnd;
      if (part >= blockEnd) {
        break;
      }
      reachRun(part);
    }
    position = blockEnd;
  }

  /** Adds the current run, which begins or goes on at {@code part}, to the block. */
  private void join(long part) {
    changed |= runChanged.getAsBoolean();
    if (failure == null) {
      failure = runs.failure();
    }
    if (failure != null) {
      kind = null;
      return;
    }
    boolean partPlain = runs.kind() != ExtentKind.COMPRESSED && runs.hostOffset() >= 0;
    boolean goesOn =
        partPlain == plain
            && depth == runs.depth()
            && input == runs.input()
            && (plain
                ? hostOffset + hostLength == runs.hostOffset() + (part - runs.offset())
                : hostOffset == runs.hostOffset());
    contiguous = contiguous && goesOn;
    backing = backing || runs.kind() == ExtentKind.BACKING;
    kind = runs.kind().compareTo(kind) < 0 ? runs.kind() : kind;
  }

  /** Leaves the stretch, which nobody wants. */
  void drop() {
    if (mixed && mixedParts != null) {
      mixedParts.drop();
    }
  }

  /** First guest byte of the stretch. */
  long start() {
    return start;
  }

  /** Guest byte behind the stretch, the end of its last block. */
  long end() {
    return position;
  }

  /** Whether the stretch is one block of several runs. */
  boolean mixed() {
    return mixed;
  }

  /** The run that a stretch that is not {@link #mixed} lies in. */
  ExtentCursor run() {
    return runs;
  }

  /** First of the kinds of the blocks' parts; null on failure. */
  ExtentKind kind() {
    return kind;
  }

  /** Whether some part is of a run that was asked for. */
  boolean changed() {
    return changed;
  }

  /** Whether some part is stored as data. */
  boolean stored() {
    return kind != null && kind.stored();
  }

  /** Whether some part lies in a lower layer. */
  boolean backing() {
    return backing;
  }

  /**
   * Host offset of the first block, -1 if it has none or its parts are not contiguous; of a
   * compressed one that of the stored stream.
   */
  long hostOffset() {
    return contiguous ? hostOffset : NONE;
  }

  /** Whether the host offset of each block of the stretch follows that of the block before. */
  boolean hostAdvances() {
    return plain;
  }

  /** Stored bytes of one compressed stream, or of a mixed block; -1 for the block's own length. */
  long hostLength() {
    return plain && !mixed ? NONE : hostLength;
  }

  /** Depth of the layer, -1 for none or if the parts are not contiguous. */
  int depth() {
    return contiguous ? depth : (int) NONE;
  }

  /** Why the entry of some part cannot be followed, or null. */
  IOException failure() {
    return failure;
  }
}
