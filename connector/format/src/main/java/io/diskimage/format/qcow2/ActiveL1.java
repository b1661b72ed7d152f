package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;
import java.util.function.LongConsumer;

/** The L1 table of the active disk of an image that is written (qcow2.md section 1.4). */
final class ActiveL1 {
  private final MetadataCache cache;
  private final IoCounters io;
  private final TableClusters tables;
  private EntryTable table;
  private boolean moved;

  /** Of an image whose header says where the table is. */
  ActiveL1(MetadataCache cache, Qcow2Header header, IoCounters io) {
    this.cache = cache;
    this.io = io;
    this.tables = new TableClusters((int) header.clusterBits(), this::eachTable);
    this.table = tableAt(header.l1TableOffset(), header.l1Size());
  }

  private EntryTable tableAt(long hostOffset, long entries) {
    return new EntryTable(cache, hostOffset, entries, L1Table.ENTRY_BYTES);
  }

  /** Turns to a table at another place, which the header in the file does not name yet. */
  void move(long hostOffset, long entries) {
    table = tableAt(hostOffset, entries);
    moved = true;
  }

  /** Whether the header in the file names another place. */
  boolean isMoved() {
    return moved;
  }

  /** The header in the file names this place. */
  void settled() {
    moved = false;
  }

  /** Host offset, 0 where there are no entries. */
  long offset() {
    return table.hostOffset();
  }

  /** Number of entries. */
  long entries() {
    return table.entries();
  }

  /** Whether an L2 table lies between the host offsets of two clusters. */
  boolean hasTableIn(long from, long to) throws IOException {
    return tables.meet(from, to);
  }

  private void eachTable(LongConsumer visitor) throws IOException {
    L1Table entries = new L1Table(table, io);
    for (long i = 0; i < entries.entries(); i++) {
      long l2Table = entries.l2Offset(i);
      if (l2Table != 0) {
        visitor.accept(l2Table);
      }
    }
  }

  /** The page that begins with an entry. */
  byte[] page(long index) throws IOException {
    return table.page(index, io);
  }

  /** An entry as it is. */
  long entry(long index) throws IOException {
    byte[] page = table.page(index, io);
    return Bytes.u64be(page, (int) (index - table.pageStart(index)) * L1Table.ENTRY_BYTES);
  }

  /** Changes an entry. */
  void set(long index, long entry) throws IOException {
    long start = table.pageStart(index);
    int at = (int) (index - start) * L1Table.ENTRY_BYTES;
    byte[] page =
        cache.change(
            MetadataArea.ACTIVE_L1,
            table.hostOffset() + start * L1Table.ENTRY_BYTES,
            (int) (table.pageEnd(index) - start) * L1Table.ENTRY_BYTES,
            at,
            L1Table.ENTRY_BYTES,
            io);
    Bytes.putU64be(page, at, entry);
    if (L1Table.offsetIn(entry) != 0) {
      tables.add(L1Table.offsetIn(entry));
    }
  }
}
