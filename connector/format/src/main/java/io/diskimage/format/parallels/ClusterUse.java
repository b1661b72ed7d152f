package io.diskimage.format.parallels;

import io.diskimage.format.check.UsedBlocks;

/**
 * Who uses the clusters of a window of the file. Entries share a cluster if QEMU takes them for
 * one, and it counts clusters from the start of the data area, wherever the first one may begin.
 */
final class ClusterUse {
  private final DataArea area;
  private final ClusterGrid grid;
  private final UsedBlocks entries;
  private final UsedBlocks others;
  private final UsedBlocks begun;

  /**
   * A window in which nothing is used yet.
   *
   * @param from its first cluster
   * @param to cluster behind its last one
   */
  ClusterUse(DataArea area, ClusterGrid grid, long from, long to) {
    this.area = area;
    this.grid = grid;
    this.entries = new UsedBlocks(from, to);
    this.others = new UsedBlocks(from, to);
    this.begun = new UsedBlocks(from, to);
  }

  /** Clusters of a window that a budget in bytes allows: three bits for each. */
  static long window(long memoryBudget) {
    return UsedBlocks.window(memoryBudget / 3);
  }

  /** Whether the cluster at a host offset is of this window. */
  boolean covers(long offset) {
    return area.beginsIn(offset) && entries.covers(grid.cluster(offset));
  }

  /**
   * Uses the cluster at a host offset for an entry of the table.
   *
   * @return whether an entry uses it already; false if it is of another window
   */
  boolean isTakenByEntry(long offset) {
    takeRest(offset);
    if (covers(offset)) {
      entries.use(grid.cluster(offset));
    }
    long cluster = (offset - area.start()) / area.clusterBytes();
    return area.beginsIn(offset) && begun.covers(cluster) && !begun.use(cluster);
  }

  /**
   * Uses it for the extension or a bitmap, when all entries have taken theirs.
   *
   * @return whether anything uses it already; false if it is of another window
   */
  boolean isTakenByOther(long offset) {
    boolean taken = false;
    if (covers(offset)) {
      long cluster = grid.cluster(offset);
      taken = entries.isUsed(cluster) || !others.use(cluster);
    }
    takeRest(offset);
    return taken;
  }

  /** What is not aligned reaches into the next cluster. */
  private void takeRest(long offset) {
    if (area.beginsIn(offset) && !grid.isAligned(offset)) {
      long next = grid.cluster(offset) + 1;
      if (others.covers(next)) {
        others.use(next);
      }
    }
  }

  /** Tells the clusters of the window that nobody uses below a cluster; call it last. */
  void unused(long below, UsedBlocks.Unused runs) {
    entries.useAll(others);
    entries.unused(below, runs);
  }
}
