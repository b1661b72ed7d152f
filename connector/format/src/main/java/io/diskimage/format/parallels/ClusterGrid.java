package io.diskimage.format.parallels;

/**
 * The clusters of a data area by number. They begin where the data area does. Version 1 need not
 * say where that is (parallels.md section 1.3), and drivers put it in different places: then the
 * first entry of the table tells.
 */
final class ClusterGrid {
  private final DataArea area;
  private final long most;
  private long start;
  private boolean settled;

  ClusterGrid(DataArea area, boolean settled) {
    this.area = area;
    this.most = (area.coveredEnd() - area.start()) / area.clusterBytes();
    this.start = area.start();
    this.settled = settled;
  }

  /** Hears where a cluster begins, in the order of the table. */
  void settle(long offset) {
    if (!settled) {
      start += (offset - start) % area.clusterBytes();
      settled = true;
    }
  }

  /** No cluster of which the file has a part has this number or a higher one. */
  long most() {
    return most;
  }

  /** The cluster that a byte of the data area lies in; -1 in front of the first. */
  long cluster(long offset) {
    return Math.floorDiv(offset - start, area.clusterBytes());
  }

  boolean isAligned(long offset) {
    return Math.floorMod(offset - start, area.clusterBytes()) == 0;
  }

  long place(long cluster) {
    return start + cluster * area.clusterBytes();
  }
}
