package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import java.io.IOException;

/** Gives the clusters of a new disk their places before they are written (qcow2.md section 6.2). */
final class Preallocation {
  private final ImageTarget target;
  private final Qcow2Header header;
  private final ActiveMapping mapping;
  private final ClusterAllocator allocator;
  private final MetadataOrder order;

  /** What {@code preallocation} can be, in the order and by the names of the option. */
  enum Mode {
    OFF,
    METADATA,
    FALLOC,
    FULL
  }

  Preallocation(
      ImageTarget target,
      Qcow2Header header,
      ActiveMapping mapping,
      ClusterAllocator allocator,
      MetadataOrder order) {
    this.target = target;
    this.header = header;
    this.mapping = mapping;
    this.allocator = allocator;
    this.order = order;
  }

  /** Maps a disk of which nothing is mapped. */
  void run(Mode mode, long virtualSize) throws IOException {
    boolean inOneRun = mode != Mode.METADATA && !header.dataFile();
    long next = inOneRun ? reserve(virtualSize) : 0;
    long end = 0;
    for (long at = 0; at < virtualSize; at = mapping.tableEnd(at)) {
      order.relieve();
      mapping.prepare(at);
      long bytes = Math.min(mapping.tableEnd(at), virtualSize) - at;
      long clusters = clusters(bytes);
      long host = inOneRun ? next : place(at, clusters);
      map(at, host, clusters);
      next = host + (clusters << header.clusterBits());
      end = Math.max(end, inOneRun ? next : host + wholeUnits(bytes));
    }
    order.commit();
    if (!header.dataFile()) {
      target.setLength(Math.max(target.length(), end));
      target.flush();
    }
  }

  /** Maps what a disk grew by, of which nothing is mapped, to the same places of its data file. */
  void mapDataFile(long from, long to) throws IOException {
    long whole = (from + header.clusterSize() - 1) & -header.clusterSize();
    for (long at = whole; at < to; at = mapping.tableEnd(at)) {
      order.relieve();
      mapping.prepare(at);
      map(at, at, clusters(Math.min(mapping.tableEnd(at), to) - at));
    }
  }

  private long clusters(long bytes) {
    return (bytes + header.clusterSize() - 1) >>> header.clusterBits();
  }

  /** Where QEMU, which writes nothing to these clusters, lets the file end. */
  private long wholeUnits(long bytes) {
    int unit = mapping.layout().unitSize();
    return (bytes + unit - 1) & -unit;
  }

  private long place(long guest, long clusters) throws IOException {
    return header.dataFile() ? guest : allocator.allocate(clusters);
  }

  /** Takes all data clusters, behind the refcount structures that they and their tables need. */
  private long reserve(long virtualSize) throws IOException {
    long clusters = clusters(virtualSize);
    long tables = (virtualSize + mapping.coverage() - 1) / mapping.coverage();
    long start = allocator.reserve(clusters + tables);
    if (!allocator.allocateAt(start, clusters)) {
      throw new IllegalStateException("clusters behind the end of the file are in use");
    }
    return start;
  }

  private void map(long guest, long host, long clusters) throws IOException {
    int stored = header.extendedL2() ? 0 : mapping.layout().allUnits();
    for (long i = 0; i < clusters; i++) {
      long offset = i << header.clusterBits();
      mapping.set(guest + offset, new ClusterState(0, true, host + offset, true, stored, 0));
    }
  }
}
