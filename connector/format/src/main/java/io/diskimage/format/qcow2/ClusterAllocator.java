package io.diskimage.format.qcow2;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * Gives out host clusters and takes them back (qcow2.md sections 5.1 and 5.2): the first run that
 * is free, from where the last one was found.
 */
final class ClusterAllocator {
  private static final long MAX_OFFSET = 1L << 56;
  private static final long MAX_TABLE_BYTES = 8L << 20;

  private final ImageTarget target;
  private final Refcounts refcounts;
  private final RefcountStore store;
  private final MetadataCache cache;
  private final int clusterBits;
  private final ClusterRuns freed = new ClusterRuns();

  /** No cluster below it is free, but for holes that were too small. */
  private long next;

  private LongConsumer freedCluster = cluster -> {};

  ClusterAllocator(
      ImageTarget target,
      Refcounts refcounts,
      RefcountStore store,
      MetadataCache cache,
      int clusterBits) {
    this.target = target;
    this.refcounts = refcounts;
    this.store = store;
    this.cache = cache;
    this.clusterBits = clusterBits;
  }

  /**
   * Takes clusters that lie one after another; each has the count 1.
   *
   * @return host offset of the first
   */
  long allocate(long clusters) throws IOException {
    while (true) {
      long first = free(clusters);
      if (increase(first, clusters)) {
        return first << clusterBits;
      }
    }
  }

  /** Whether the clusters from one on are free; if they are, takes them. */
  boolean allocateAt(long hostOffset, long clusters) throws IOException {
    long first = hostOffset >>> clusterBits;
    while (isFree(first, clusters)) {
      if (increase(first, clusters)) {
        return true;
      }
    }
    return false;
  }

  private boolean isFree(long first, long clusters) throws IOException {
    for (long cluster = first; cluster < first + clusters; cluster++) {
      if (refcounts.count(cluster) != 0) {
        return false;
      }
    }
    return true;
  }

  private long free(long clusters) throws IOException {
    long first = refcounts.nextFree(next);
    while (true) {
      long used = first + 1;
      while (used < first + clusters && refcounts.count(used) == 0) {
        used++;
      }
      if (used == first + clusters) {
        if (used > MAX_OFFSET >>> clusterBits) {
          throw new UnsupportedImageException(
              target.location(), ImageException.NO_OFFSET, "File too large");
        }
        next = used;
        return first;
      }
      first = refcounts.nextFree(used);
    }
  }

  /**
   * Adds one to counts.
   *
   * @return false if a block had to be made, which may lie where the clusters were: nothing is
   *     added
   */
  private boolean increase(long first, long clusters) throws IOException {
    long done = 0;
    boolean complete = false;
    try {
      while (done < clusters && refcounts.hasBlock(first + done)) {
        add(first + done);
        done++;
      }
      if (done < clusters) {
        createBlock(first + done);
      }
      complete = done == clusters;
      return complete;
    } finally {
      if (!complete) {
        for (long cluster = first; cluster < first + done; cluster++) {
          release(cluster);
        }
        next = Math.min(next, first);
      }
    }
  }

  private void add(long cluster) throws IOException {
    refcounts.set(cluster, refcounts.count(cluster) + 1);
  }

  /** Counts one more use of a cluster that is in use; its count is below the maximum. */
  void share(long hostOffset) throws IOException {
    add(hostOffset >>> clusterBits);
  }

  /** Whether a cluster in use can have one more. */
  boolean canShare(long hostOffset) throws IOException {
    return refcounts.count(hostOffset >>> clusterBits) != refcounts.maximum();
  }

  private void createBlock(long cluster) throws IOException {
    int index = Math.toIntExact(cluster / refcounts.blockEntries());
    long block = free(1);
    if (index >= refcounts.tableEntries()) {
      growTable(cluster, block);
      return;
    }
    boolean countsItself = block / refcounts.blockEntries() == index;
    if (countsItself || increase(block, 1)) {
      refcounts.putBlock(index, block << clusterBits);
      if (countsItself) {
        add(block);
      }
    }
  }

  /**
   * Puts a larger table, and the blocks that count it and themselves, behind all that has counts.
   *
   * @param cluster that has no block yet
   * @param block where its block goes
   */
  private void growTable(long cluster, long block) throws IOException {
    long perBlock = refcounts.blockEntries();
    long covered = Math.max(cluster + 1, block);
    long blocksBefore = (covered + perBlock - 1) / perBlock;
    RefcountArea area = RefcountArea.growing(blocksBefore, perBlock, clusterBits);
    requireTableOf(area);
    store.store();
    long oldTable = refcounts.tableOffset();
    long oldClusters = refcounts.tableClusters();
    long start = blocksBefore * perBlock;
    refcounts.moveTable((start + area.blocks()) << clusterBits, area.tableClusters());
    refcounts.putBlock((int) (cluster / perBlock), block << clusterBits);
    put(area, start, blocksBefore);
    add(block);
    countArea(area, start);
    replaced(oldTable, oldClusters);
  }

  /**
   * Puts a table for a number of clusters, and the blocks that are missing for them, to the end of
   * the file, before these clusters.
   *
   * @return host offset behind it
   */
  long reserve(long clusters) throws IOException {
    long start = (target.length() + (1L << clusterBits) - 1) >>> clusterBits;
    long blocksBefore = refcounts.blocks();
    RefcountArea area =
        RefcountArea.exact(blocksBefore, start, clusters, refcounts.blockEntries(), clusterBits);
    requireTableOf(area);
    store.store();
    long oldTable = refcounts.tableOffset();
    long oldClusters = refcounts.tableClusters();
    refcounts.moveTable((start + area.blocks()) << clusterBits, area.tableClusters());
    put(area, start, blocksBefore);
    countArea(area, start);
    replaced(oldTable, oldClusters);
    return (start + area.clusters()) << clusterBits;
  }

  private void requireTableOf(RefcountArea area) throws UnsupportedImageException {
    if (area.tableClusters() << clusterBits > MAX_TABLE_BYTES) {
      throw new UnsupportedImageException(
          target.location(), ImageException.NO_OFFSET, "File too large");
    }
  }

  private void put(RefcountArea area, long start, long firstIndex) {
    for (int i = 0; i < area.blocks(); i++) {
      refcounts.putBlock((int) firstIndex + i, (start + i) << clusterBits);
    }
  }

  private void countArea(RefcountArea area, long start) throws IOException {
    for (long i = 0; i < area.clusters(); i++) {
      add(start + i);
    }
  }

  /** Brings a new table to the file, and gives up the old one. */
  private void replaced(long oldTable, long oldClusters) throws IOException {
    boolean stored = false;
    try {
      store.store();
      stored = true;
    } finally {
      if (!stored) {
        freeLater(oldTable, oldClusters);
      }
    }
    freeUnused(oldTable, oldClusters);
  }

  /**
   * Takes back a use of clusters as soon as the tables in the file do not name them any more: with
   * {@link #releaseFreed}.
   */
  void freeLater(long hostOffset, long clusters) {
    freed.add(hostOffset >>> clusterBits, clusters);
  }

  /** Whether so many clusters wait to be freed that no more may be added to them. */
  boolean isFull() {
    return freed.isFull();
  }

  /** Takes back what {@link #freeLater} was told: nothing in the file names it any more. */
  void releaseFreed() throws IOException {
    freed.drain(this::release);
  }

  /** Takes back clusters that nothing in the file names. */
  void freeUnused(long hostOffset, long clusters) throws IOException {
    long first = hostOffset >>> clusterBits;
    for (long cluster = first; cluster < first + clusters; cluster++) {
      release(cluster);
    }
  }

  private void release(long cluster) throws IOException {
    long count = refcounts.count(cluster);
    if (count == 0) {
      // The image did not count a use that its tables had: QEMU, too, leaves it at that.
      return;
    }
    refcounts.set(cluster, count - 1);
    if (count == 1) {
      cache.forgetCluster(cluster << clusterBits, 1L << clusterBits);
      next = Math.min(next, cluster);
      freedCluster.accept(cluster << clusterBits);
    }
  }

  /** Tells of each cluster that nothing uses any more, by its host offset. */
  void whenFree(LongConsumer listener) {
    freedCluster = listener;
  }

  /** Cluster behind the last one in use. */
  long end() throws IOException {
    long last = 0;
    for (int block = refcounts.tableEntries() - 1; block >= 0 && last == 0; block--) {
      if (refcounts.blockAt(block) != 0) {
        last = lastUsed(block);
      }
    }
    return last;
  }

  private long lastUsed(int block) throws IOException {
    long from = block * refcounts.blockEntries();
    for (long cluster = from + refcounts.blockEntries() - 1; cluster >= from; cluster--) {
      if (refcounts.count(cluster) != 0) {
        return cluster + 1;
      }
    }
    return 0;
  }
}
