package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;

/** L1 entries in turn: their bit layout (qcow2.md section 1.4), and the page last looked at. */
final class L1Table {
  static final int ENTRY_BYTES = 8;

  static final long RESERVED_BITS = 0x7f00_0000_0000_01ffL;

  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

  private final EntryTable entries;
  private final IoCounters io;
  private byte[] page;
  private long pageStart;
  private long pageEnd;

  L1Table(EntryTable entries, IoCounters io) {
    this.entries = entries;
    this.io = io;
  }

  /** Number of entries. */
  long entries() {
    return entries.entries();
  }

  /** Host offset of an entry. */
  long hostOffset(long index) {
    return entries.hostOffset() + index * ENTRY_BYTES;
  }

  /** Entry behind the last one that is read together with entry {@code index}. */
  long pageEnd(long index) {
    return entries.pageEnd(index);
  }

  /** Host offset of the L2 table that an entry names, 0 for none; not necessarily aligned. */
  static long offsetIn(long entry) {
    return entry & OFFSET_MASK;
  }

  /** Host offset of the L2 table of an entry, 0 for none; not necessarily aligned. */
  long l2Offset(long index) throws IOException {
    if (page == null || index < pageStart || index >= pageEnd) {
      page = null;
      page = entries.page(index, io);
      pageStart = entries.pageStart(index);
      pageEnd = entries.pageEnd(index);
    }
    return offsetIn(Bytes.u64be(page, (int) (index - pageStart) * ENTRY_BYTES));
  }
}
