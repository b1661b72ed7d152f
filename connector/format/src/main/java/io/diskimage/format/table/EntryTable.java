package io.diskimage.format.table;

import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * A mapping table of equal entries, read in pages that never reach behind its end.
 *
 * @param source its pages
 * @param hostOffset of its first entry
 * @param entries number of entries, 0 or more
 * @param entryBytes size of an entry, a power of two
 */
public record EntryTable(TableSource source, long hostOffset, long entries, int entryBytes) {

  /** Entries of a full page. */
  public int entriesPerPage() {
    return source.pageBytes() / entryBytes;
  }

  /** First entry of the page that holds entry {@code index}. */
  public long pageStart(long index) {
    return index - index % entriesPerPage();
  }

  /** Entry behind the last one of the page that holds entry {@code index}. */
  public long pageEnd(long index) {
    return Math.min(entries, pageStart(index) + entriesPerPage());
  }

  /**
   * The page that holds entry {@code index}; the entry stands at {@code (index - pageStart) *
   * entryBytes}.
   */
  public byte[] page(long index, IoCounters io) throws IOException {
    if (index < 0 || index >= entries) {
      throw new IndexOutOfBoundsException("entry " + index + " of " + entries);
    }
    long start = pageStart(index);
    int length = (int) (pageEnd(index) - start) * entryBytes;
    return source.page(hostOffset + start * entryBytes, length, io);
  }
}
