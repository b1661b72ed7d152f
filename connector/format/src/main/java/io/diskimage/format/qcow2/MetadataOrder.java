package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import java.io.IOException;

/**
 * Brings all changes to the file, in the order that leaves a sound image whatever is lost in a
 * crash (qcow2.md section 5.4): guest data and counts, then L2 tables, then the L1 table that names
 * them, then the size of the disk that they map, then what is counted no more. Each step is on
 * stable storage before the next one begins; one that fails is done again the next time.
 *
 * <p>Counts are never postponed, so an image with lazy refcounts is not marked as dirty: the option
 * allows to postpone them, and does not ask for it (section 5.5).
 */
final class MetadataOrder {
  private final ImageTarget target;
  private final MetadataCache cache;
  private final ActiveL1 l1;
  private final HeaderFields header;
  private final RefcountStore refcounts;
  private final ClusterAllocator allocator;
  private final OverlapGuard guard;
  private final HostWrites guestData;

  MetadataOrder(
      ImageTarget target,
      MetadataCache cache,
      ActiveL1 l1,
      HeaderFields header,
      RefcountStore refcounts,
      ClusterAllocator allocator,
      OverlapGuard guard,
      HostWrites guestData) {
    this.target = target;
    this.cache = cache;
    this.l1 = l1;
    this.header = header;
    this.refcounts = refcounts;
    this.allocator = allocator;
    this.guard = guard;
    this.guestData = guestData;
  }

  /** Commits when much waits for it, before more is changed. */
  void relieve() throws IOException {
    if (cache.isFull() || allocator.isFull()) {
      commit();
    }
  }

  /** Returns when the file has all that was changed, on stable storage. */
  void commit() throws IOException {
    if (refcounts.isChanged()) {
      refcounts.store();
      guestData.flushedWith(target);
    }
    guestData.flush();
    store(MetadataArea.ACTIVE_L2);
    if (l1.isMoved()) {
      header.l1(l1.entries(), l1.offset());
      target.flush();
      l1.settled();
    }
    store(MetadataArea.ACTIVE_L1);
    if (header.isResized()) {
      header.storeSize();
      target.flush();
      header.sizeStored();
    }
    allocator.releaseFreed();
    refcounts.storeLowered();
  }

  private void store(MetadataArea tables) throws IOException {
    if (cache.isChanged(tables)) {
      cache.write(tables, guard);
      target.flush();
      cache.written(tables);
    }
  }
}
