package io.diskimage.format.check;

import java.io.IOException;

/**
 * A table of equal entries, read from its start in pieces of fixed size: a check goes through each
 * table once per pass, so nothing is kept. Behind the end of the file a table reads as zeros, as
 * formats/README.md section 2 says.
 */
public final class EntryPages {
  private static final int PAGE_BYTES = 1 << 20;

  private final CheckRun run;
  private final long hostOffset;
  private final long entries;
  private final int entryBytes;
  private long done;
  private long total;

  /** Takes the entries of one piece. */
  @FunctionalInterface
  public interface Page {
    /**
     * The next entries.
     *
     * @param first index of the first
     * @param bytes they start at 0; used again for the next piece
     * @param count of entries, 1 or more
     */
    void take(long first, byte[] bytes, int count);
  }

  /**
   * A table.
   *
   * @param hostOffset of its first entry
   * @param entries 0 or more
   * @param entryBytes 4 or 8
   */
  public EntryPages(CheckRun run, long hostOffset, long entries, int entryBytes) {
    this.run = run;
    this.hostOffset = hostOffset;
    this.entries = entries;
    this.entryBytes = entryBytes;
  }

  /** Host offset of an entry. */
  public long place(long index) {
    return hostOffset + index * entryBytes;
  }

  /** Reads every entry. */
  public void read(Page page) throws IOException {
    read(entries, page);
  }

  /** Reads the entries below an index. */
  public void read(long end, Page page) throws IOException {
    long within = Math.min(end, entries);
    total += within;
    byte[] bytes = new byte[(int) Math.min(PAGE_BYTES, within * entryBytes)];
    int perPage = bytes.length / entryBytes;
    for (long first = 0; first < within; first += perPage) {
      run.progress(done, total);
      int count = (int) Math.min(perPage, within - first);
      run.io().metadataRead(run.input().readPadded(place(first), bytes, 0, count * entryBytes));
      page.take(first, bytes, count);
      done += count;
    }
  }
}
