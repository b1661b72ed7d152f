package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import java.io.IOException;

/**
 * Brings counts to the file: blocks before the table that names them, a table before the header
 * that names it (qcow2.md section 5.4).
 */
final class RefcountStore {
  private final ImageTarget target;
  private final MetadataCache cache;
  private final Refcounts refcounts;
  private final OverlapGuard guard;
  private final HeaderFields header;

  RefcountStore(
      ImageTarget target,
      MetadataCache cache,
      Refcounts refcounts,
      OverlapGuard guard,
      HeaderFields header) {
    this.target = target;
    this.cache = cache;
    this.refcounts = refcounts;
    this.guard = guard;
    this.header = header;
  }

  /** Whether the file lacks any counts. */
  boolean isChanged() {
    return cache.isChanged(MetadataArea.REFCOUNT_BLOCK) || refcounts.isTableChanged();
  }

  /** Returns when all counts are on stable storage. */
  void store() throws IOException {
    if (cache.isChanged(MetadataArea.REFCOUNT_BLOCK)) {
      cache.write(MetadataArea.REFCOUNT_BLOCK, guard);
      target.flush();
      cache.written(MetadataArea.REFCOUNT_BLOCK);
    }
    if (refcounts.isTableChanged()) {
      refcounts.storeTable(target, guard);
      target.flush();
      if (refcounts.isTableMoved()) {
        header.refcountTable(refcounts.tableOffset(), refcounts.tableClusters());
        target.flush();
      }
      refcounts.tableStored();
    }
  }

  /** Writes counts that may be lost in a crash: they only became smaller. */
  void storeLowered() throws IOException {
    cache.write(MetadataArea.REFCOUNT_BLOCK, guard);
    cache.written(MetadataArea.REFCOUNT_BLOCK);
  }
}
