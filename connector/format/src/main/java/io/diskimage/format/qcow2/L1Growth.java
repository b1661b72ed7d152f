package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import java.io.IOException;

/** Gives a disk that grows a larger L1 table (qcow2.md section 5.6). */
final class L1Growth {
  private final ImageTarget target;
  private final MetadataCache cache;
  private final ActiveL1 l1;
  private final ClusterAllocator allocator;
  private final MetadataOrder order;
  private final int clusterBits;

  L1Growth(
      ImageTarget target,
      MetadataCache cache,
      ActiveL1 l1,
      ClusterAllocator allocator,
      MetadataOrder order,
      int clusterBits) {
    this.target = target;
    this.cache = cache;
    this.l1 = l1;
    this.allocator = allocator;
    this.order = order;
    this.clusterBits = clusterBits;
  }

  /** Returns when the file has a table of so many entries, with the same ones as before. */
  void grow(long entries) throws IOException {
    if (entries <= l1.entries()) {
      return;
    }
    long bytes = entries * L1Table.ENTRY_BYTES;
    long clusters = clusters(bytes);
    long place = allocator.allocate(clusters);
    boolean moved = false;
    try {
      order.commit();
      copyTo(place, bytes);
      target.flush();
      moved = true;
    } finally {
      if (!moved) {
        allocator.freeUnused(place, clusters);
      }
    }
    allocator.freeLater(l1.offset(), clusters(l1.entries() * L1Table.ENTRY_BYTES));
    l1.move(place, entries);
    order.commit();
  }

  private long clusters(long bytes) {
    return (bytes + (1L << clusterBits) - 1) >>> clusterBits;
  }

  private void copyTo(long place, long bytes) throws IOException {
    long stored = l1.entries() * L1Table.ENTRY_BYTES;
    for (long at = 0; at < stored; at += cache.pageBytes()) {
      byte[] page = l1.page(at / L1Table.ENTRY_BYTES);
      target.write(place + at, page, 0, page.length);
    }
    target.zero(place + stored, bytes - stored);
  }
}
