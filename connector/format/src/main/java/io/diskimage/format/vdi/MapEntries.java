package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;

/** Goes through the entries of a block map that name a block. */
final class MapEntries {
  private MapEntries() {}

  /** Takes an entry. */
  @FunctionalInterface
  interface Visitor {
    /**
     * A block that is stored.
     *
     * @param index of the entry
     * @param number of the block
     */
    void visit(long index, long number) throws IOException;
  }

  /** Visits the stored blocks of a range of entries in their order. */
  static void forEach(EntryTable map, long from, long to, IoCounters io, Visitor visitor)
      throws IOException {
    for (long index = from; index < to; ) {
      byte[] page = map.page(index, io);
      long start = map.pageStart(index);
      long end = Math.min(to, map.pageEnd(index));
      for (; index < end; index++) {
        long entry = Bytes.u32le(page, (int) (index - start) * BlockTable.ENTRY_BYTES);
        if (entry < BlockTable.DISCARDED) {
          visitor.visit(index, entry);
        }
      }
    }
  }
}
