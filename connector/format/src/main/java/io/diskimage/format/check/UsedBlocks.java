package io.diskimage.format.check;

/**
 * Which blocks of a file are used, as far as they lie in a window: a bit each, taken only where
 * blocks are used. What does not fit the budget is counted in several passes, a window each.
 */
public final class UsedBlocks {
  private static final int PIECE_SHIFT = 16;
  private static final int PIECE_BITS = 1 << PIECE_SHIFT;
  private static final long MAX_WORDS = 1 << 30;

  private final long from;
  private final long to;
  private final long[][] pieces;

  /** Takes unused blocks side by side. */
  @FunctionalInterface
  public interface Unused {
    void take(long first, long length);
  }

  /**
   * A window in which nothing is used yet.
   *
   * @param from its first block
   * @param to block behind its last one, at most {@link #window} blocks behind {@code from}
   */
  public UsedBlocks(long from, long to) {
    this.from = from;
    this.to = to;
    this.pieces = new long[Math.toIntExact((to - from + PIECE_BITS - 1) >>> PIECE_SHIFT)][];
  }

  /** Blocks of the widest window that a budget in bytes allows. */
  public static long window(long memoryBudget) {
    long words = Math.max(1, memoryBudget / Long.BYTES);
    return Math.min(words, MAX_WORDS) * Long.SIZE;
  }

  public boolean covers(long block) {
    return from <= block && block < to;
  }

  /**
   * Uses a block of the window.
   *
   * @return whether it was unused before
   */
  public boolean use(long block) {
    long index = block - from;
    int at = (int) (index >>> PIECE_SHIFT);
    if (pieces[at] == null) {
      long bits = Math.min(PIECE_BITS, to - from - ((long) at << PIECE_SHIFT));
      pieces[at] = new long[(int) ((bits + Long.SIZE - 1) / Long.SIZE)];
    }
    int word = (int) (index & PIECE_BITS - 1) / Long.SIZE;
    long bit = 1L << index;
    boolean unused = (pieces[at][word] & bit) == 0;
    pieces[at][word] |= bit;
    return unused;
  }

  /** Uses all that another set of the same window uses. */
  public void useAll(UsedBlocks other) {
    for (int at = 0; at < pieces.length; at++) {
      long[] theirs = other.pieces[at];
      if (theirs == null) {
        continue;
      }
      if (pieces[at] == null) {
        pieces[at] = new long[theirs.length];
      }
      for (int word = 0; word < theirs.length; word++) {
        pieces[at][word] |= theirs[word];
      }
    }
  }

  /** Whether a block of the window is used. */
  public boolean isUsed(long block) {
    return next(block, block + 1, true) == block;
  }

  /** Tells the unused blocks of the window below a block, by ascending number. */
  public void unused(long below, Unused runs) {
    long end = Math.min(below, to);
    long first = next(from, end, false);
    while (first < end) {
      long behind = next(first, end, true);
      runs.take(first, behind - first);
      first = next(behind, end, false);
    }
  }

  private long next(long start, long end, boolean used) {
    long at = start;
    while (at < end) {
      long index = at - from;
      long[] piece = pieces[(int) (index >>> PIECE_SHIFT)];
      if (piece == null) {
        if (!used) {
          return at;
        }
        at = from + (index | PIECE_BITS - 1) + 1;
        continue;
      }
      long word = piece[(int) (index & PIECE_BITS - 1) / Long.SIZE];
      long wanted = (used ? word : ~word) & -1L << index;
      if (wanted != 0) {
        return Math.min(
            end, from + index / Long.SIZE * Long.SIZE + Long.numberOfTrailingZeros(wanted));
      }
      at = from + (index | Long.SIZE - 1) + 1;
    }
    return end;
  }
}
