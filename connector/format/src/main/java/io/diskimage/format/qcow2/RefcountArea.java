package io.diskimage.format.qcow2;

/**
 * How much place refcount structures take that count themselves (qcow2.md section 5.2): blocks, and
 * a table behind them.
 *
 * @param blocks new blocks, each a cluster
 * @param tableClusters clusters of the new table
 */
record RefcountArea(long blocks, long tableClusters) {

  long clusters() {
    return blocks + tableClusters;
  }

  /**
   * An area at the start of the range that a block counts which is not there yet, with a table for
   * half as many blocks again.
   *
   * @param blocksBefore blocks of all clusters before the area
   * @param perBlock clusters that a block counts
   */
  static RefcountArea growing(long blocksBefore, long perBlock, int clusterBits) {
    long entriesPerCluster = 1L << (clusterBits - 3);
    RefcountArea area = new RefcountArea(1, 1);
    while (true) {
      long needed = blocksBefore + area.blocks();
      // As if all blocks were in the area, which leaves some clusters for what comes next.
      long blocks = ceil(blocksBefore * perBlock + needed + area.tableClusters(), perBlock);
      RefcountArea larger =
          new RefcountArea(
              blocks - blocksBefore, ceil(blocks + ceil(blocks, 2), entriesPerCluster));
      if (larger.equals(area)) {
        return area;
      }
      area = larger;
    }
  }

  /**
   * An area at a cluster, with a table of just the blocks that count the area and some clusters
   * behind it.
   *
   * @param blocksBefore blocks that are there
   * @param start first cluster of the area
   * @param behind clusters behind the area
   */
  static RefcountArea exact(
      long blocksBefore, long start, long behind, long perBlock, int clusterBits) {
    long entriesPerCluster = 1L << (clusterBits - 3);
    RefcountArea area = new RefcountArea(0, 1);
    while (true) {
      long total = Math.max(blocksBefore, ceil(start + area.clusters() + behind, perBlock));
      RefcountArea larger = new RefcountArea(total - blocksBefore, ceil(total, entriesPerCluster));
      if (larger.equals(area)) {
        return area;
      }
      area = larger;
    }
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }
}
