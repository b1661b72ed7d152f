package io.diskimage.format.qcow2;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/** Tells of which table a place in the file is an entry: of several that overlap, the first. */
final class FirstOwner {
  private final List<? extends TableAreas.Area> tables;
  private final int[] byOffset;
  private final PriorityQueue<Integer> begun = new PriorityQueue<>();
  private int next;

  FirstOwner(List<? extends TableAreas.Area> tables) {
    this.tables = tables;
    this.byOffset =
        IntStream.range(0, tables.size())
            .boxed()
            .sorted(Comparator.comparingLong(index -> tables.get(index).offset()))
            .mapToInt(Integer::intValue)
            .toArray();
  }

  /**
   * Index of the table.
   *
   * @param at host offset that a table holds, not below the one asked for before
   */
  int of(long at) {
    while (next < byOffset.length && tables.get(byOffset[next]).offset() <= at) {
      begun.add(byOffset[next++]);
    }
    while (endsBefore(tables.get(begun.element()), at)) {
      begun.remove();
    }
    return begun.element();
  }

  private static boolean endsBefore(TableAreas.Area table, long at) {
    return at - table.offset() >= table.entries() * Long.BYTES;
  }
}
