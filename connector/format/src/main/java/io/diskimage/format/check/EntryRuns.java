package io.diskimage.format.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * Equal entries of a table, or equal blocks of a file, side by side: all are counted, and as many
 * runs as a check lists are kept, those with the lowest indexes. So what is kept does not depend on
 * the number of passes in which a table was read.
 */
public final class EntryRuns {
  private final int most;
  private final PriorityQueue<Run> kept =
      new PriorityQueue<>(Comparator.comparingLong(Run::first).reversed());
  private long count;
  private long keptCount;
  private long first;
  private long length;
  private long value;

  /**
   * A run.
   *
   * @param first index
   * @param length 1 or more
   * @param value of each
   */
  public record Run(long first, long length, long value) {}

  public EntryRuns(CheckRun run) {
    this.most = run.maxFindings();
  }

  /**
   * Adds equal entries. Those of one pass come by ascending index; equal entries side by side come
   * in one pass, or in passes one behind the other.
   */
  public void add(long from, long entries, long entry) {
    count += entries;
    if (length > 0 && from == first + length && entry == value) {
      length += entries;
      return;
    }
    keep();
    first = from;
    length = entries;
    value = entry;
  }

  private void keep() {
    if (length == 0 || most == 0) {
      return;
    }
    if (kept.size() == most) {
      if (first > kept.element().first()) {
        length = 0;
        return;
      }
      keptCount -= kept.remove().length();
    }
    kept.add(new Run(first, length, value));
    keptCount += length;
    length = 0;
  }

  /** How many entries were added. */
  public long count() {
    return count;
  }

  /** What was kept, by ascending index. */
  public List<Run> runs() {
    keep();
    List<Run> runs = new ArrayList<>(kept);
    runs.sort(Comparator.comparingLong(Run::first));
    return runs;
  }

  /** As {@link #report(CheckRun, FindingKind, long, Function)}, where nothing can be given back. */
  public void report(CheckRun run, FindingKind kind, Function<Run, Finding.Draft> finding) {
    report(run, kind, 0, finding);
  }

  /**
   * Finds each run, counted by its length, then the rest in one.
   *
   * @param reclaimable bytes that mending all of them gives back
   */
  public void report(
      CheckRun run, FindingKind kind, long reclaimable, Function<Run, Finding.Draft> finding) {
    long left = reclaimable;
    for (Run each : runs()) {
      run.find(finding.apply(each).times(each.length()).reclaims(left));
      left = 0;
    }
    long rest = count - keptCount;
    if (rest > 0) {
      run.find(
          Finding.of(kind)
              .times(rest)
              .reclaims(left)
              .says("%d more of this kind, not listed", rest));
    }
  }
}
