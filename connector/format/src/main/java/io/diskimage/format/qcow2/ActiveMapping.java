package io.diskimage.format.qcow2;

import io.diskimage.format.IoCounters;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;

/**
 * The L2 entries of the active disk of an image that is written. A table is changed only where no
 * snapshot has it too (qcow2.md section 5.3).
 */
final class ActiveMapping {
  private final Qcow2Header header;
  private final MetadataCache cache;
  private final ActiveL1 l1;
  private final ClusterAllocator allocator;
  private final CorruptionMark mark;
  private final EntryLayout layout;
  private final IoCounters io;

  ActiveMapping(
      Qcow2Header header,
      MetadataCache cache,
      ActiveL1 l1,
      ClusterAllocator allocator,
      CorruptionMark mark,
      IoCounters io) {
    this.header = header;
    this.cache = cache;
    this.l1 = l1;
    this.allocator = allocator;
    this.mark = mark;
    this.layout = new EntryLayout(header, mark);
    this.io = io;
  }

  EntryLayout layout() {
    return layout;
  }

  /** Guest bytes that one L2 table maps. */
  long coverage() {
    return 1L << header.l2CoverageBits();
  }

  /** End of what the table maps that has the entry of a guest offset. */
  long tableEnd(long guest) {
    return (guest | (coverage() - 1)) + 1;
  }

  /** Whether the entry of a guest offset is in a table, rather than absent with it. */
  boolean hasTable(long guest) throws IOException {
    return tableAt(guest) != 0;
  }

  private long tableAt(long guest) throws IOException {
    long index = guest >>> header.l2CoverageBits();
    return index < l1.entries() ? offset(index, l1.entry(index)) : 0;
  }

  private long offset(long index, long entry) throws IOException {
    long offset = L1Table.offsetIn(entry);
    if (offset % header.clusterSize() != 0) {
      throw mark.event(
          l1.offset() + index * L1Table.ENTRY_BYTES,
          String.format("L2 table offset 0x%x unaligned (L1 index: 0x%x)", offset, index));
    }
    return offset;
  }

  /** The cluster of a guest offset. */
  ClusterState state(long guest) throws IOException {
    long tableAt = tableAt(guest);
    return tableAt == 0 ? ClusterState.UNALLOCATED : stateIn(tableAt, guest);
  }

  private ClusterState stateIn(long tableAt, long guest) throws IOException {
    EntryTable table = table(tableAt);
    long index = index(guest);
    byte[] page = table.page(index, io);
    int at = (int) (index - table.pageStart(index)) * layout.entryBytes();
    return layout.decode(page, at, tableAt, index, guest & -header.clusterSize());
  }

  private EntryTable table(long tableAt) {
    int entries = header.clusterSize() / layout.entryBytes();
    return new EntryTable(cache, tableAt, entries, layout.entryBytes());
  }

  private long index(long guest) {
    return (guest & (coverage() - 1)) >>> header.clusterBits();
  }

  /**
   * Makes the entry of a guest offset changeable: in a table that is there, and the active disk's
   * alone.
   */
  void prepare(long guest) throws IOException {
    long l1Index = guest >>> header.l2CoverageBits();
    long entry = l1.entry(l1Index);
    if (L2Tables.copied(entry)) {
      offset(l1Index, entry);
      return;
    }
    long shared = offset(l1Index, entry);
    byte[] table = new byte[header.clusterSize()];
    if (shared != 0) {
      read(shared, table);
    }
    long own = allocator.allocate(1);
    cache.create(MetadataArea.ACTIVE_L2, own, table);
    l1.set(l1Index, L2Tables.normal(own));
    if (shared != 0) {
      allocator.freeLater(shared, 1);
    }
  }

  private void read(long tableAt, byte[] into) throws IOException {
    for (int at = 0; at < into.length; at += cache.pageBytes()) {
      int length = Math.min(cache.pageBytes(), into.length - at);
      System.arraycopy(cache.page(tableAt + at, length, io), 0, into, at, length);
    }
  }

  /** Changes the entry of a guest offset, which {@link #prepare} was called for. */
  void set(long guest, ClusterState state) throws IOException {
    EntryTable table = table(tableAt(guest));
    long index = index(guest);
    long start = table.pageStart(index);
    int at = (int) (index - start) * layout.entryBytes();
    byte[] page =
        cache.change(
            MetadataArea.ACTIVE_L2,
            table.hostOffset() + start * layout.entryBytes(),
            (int) (table.pageEnd(index) - start) * layout.entryBytes(),
            at,
            layout.entryBytes(),
            io);
    layout.encode(state, page, at);
  }

  /** Gives up what a cluster had, once no table in the file names it any more. */
  void freeLater(ClusterState state) {
    if (state.isCompressed()) {
      int clusterBits = (int) header.clusterBits();
      long from = L2Tables.streamOffset(state.compressed(), clusterBits);
      long to = from + L2Tables.streamLength(state.compressed(), clusterBits);
      long first = from & -header.clusterSize();
      allocator.freeLater(first, (to - first + header.clusterSize() - 1) >>> clusterBits);
    } else if (state.placed() && !header.dataFile()) {
      allocator.freeLater(state.host(), 1);
    }
  }

  /** Empties the entries of the clusters from an offset on, in the table that has them. */
  void clearTail(long guest) throws IOException {
    for (long at = guest; at < tableEnd(guest); at += header.clusterSize()) {
      ClusterState before = state(at);
      if (!before.equals(ClusterState.UNALLOCATED)) {
        prepare(at);
        set(at, ClusterState.UNALLOCATED);
        freeLater(before);
      }
    }
  }

  /** Removes the table that maps the range from an offset on, with all that it maps. */
  void removeTable(long guest) throws IOException {
    long index = guest >>> header.l2CoverageBits();
    long table = tableAt(guest);
    // First, so that nothing in use is freed if an entry cannot be read.
    l1.set(index, 0);
    for (long at = guest; at < tableEnd(guest); at += header.clusterSize()) {
      freeLater(stateIn(table, at));
    }
    allocator.freeLater(table, 1);
  }
}
