package io.diskimage.format.write;

import java.util.BitSet;

/**
 * Which places of a file, counted in blocks, are in use; free ones are given out lowest first. A
 * place that is given up is free only when the file no longer names it, that is after {@link
 * #commit()}: else a crash would leave an old entry over new content.
 *
 * <p>Places are tracked up to a fixed number, a bit each, so that memory is bounded; behind it the
 * file only grows.
 */
public final class BlockSpace {
  /** Places that are tracked: two sets of 8 MiB at most. */
  private static final int TRACKED = 1 << 26;

  private final BitSet used = new BitSet();
  private final BitSet givenUp = new BitSet();
  private int lowest;
  private long end;

  /**
   * Places side by side.
   *
   * @param first its number
   * @param count at least 1
   */
  public record Run(long first, long count) {
    /** The place behind the last one. */
    public long end() {
      return first + count;
    }
  }

  /**
   * Marks a place as in use.
   *
   * @return false if it was already, as far as places are tracked
   */
  public boolean use(long place) {
    end = Math.max(end, place + 1);
    if (!tracks(place)) {
      return true;
    }
    if (used.get((int) place)) {
      return false;
    }
    used.set((int) place);
    return true;
  }

  /** Whether a place can be given up. */
  public boolean tracks(long place) {
    return place < TRACKED;
  }

  /** The place behind the highest one in use. */
  public long end() {
    return end;
  }

  /** Places in use, or -1 if not all of them are tracked. */
  public long used() {
    return end <= TRACKED ? used.cardinality() : -1;
  }

  /** Takes the lowest free places side by side, at most {@code most} of them. */
  public Run take(long most) {
    lowest = used.nextClearBit(lowest);
    Run run;
    if (lowest >= Math.min(end, TRACKED)) {
      run = new Run(end, most);
    } else {
      int next = used.nextSetBit(lowest);
      run = new Run(lowest, next < 0 ? most : Math.min(most, next - lowest));
    }
    end = Math.max(end, run.end());
    if (tracks(run.first())) {
      used.set((int) run.first(), (int) Math.min(TRACKED, run.end()));
    }
    return run;
  }

  /** Gives back what was taken and never named in the file. */
  public void giveBack(Run run) {
    if (tracks(run.first())) {
      int first = (int) run.first();
      used.clear(first, (int) Math.min(TRACKED, run.end()));
      lowest = Math.min(lowest, first);
    }
    lowerEnd(run.end());
  }

  /** Gives up places that the tables in memory no longer name; each of them is tracked. */
  public void giveUp(Run run) {
    givenUp.set((int) run.first(), (int) run.end());
  }

  /** What was given up is free: the file's own tables no longer name it. */
  public void commit() {
    if (givenUp.isEmpty()) {
      return;
    }
    used.andNot(givenUp);
    lowest = Math.min(lowest, givenUp.nextSetBit(0));
    lowerEnd(givenUp.length());
    givenUp.clear();
  }

  private void lowerEnd(long freedEnd) {
    if (freedEnd == end && end <= TRACKED) {
      end = used.length();
    }
  }
}
