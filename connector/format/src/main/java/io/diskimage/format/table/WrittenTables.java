package io.diskimage.format.table;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Table pages of a file that is written. Changes stay in memory until {@link #write()}, and the
 * translation over this source sees them at once; of pages without changes the least recently used
 * ones are dropped beyond a fixed number of bytes. Not thread-safe.
 *
 * <p>A page is known by where it begins, so pages must not overlap: tables lie apart, and a table
 * is always cut in the same way. Who moves or grows one writes first and then {@linkplain #forget()
 * forgets}.
 */
public final class WrittenTables implements TableSource {
  /** Small, since a page with a change counts against memory as a whole. */
  private static final int PAGE_BYTES = 4096;

  private static final int MAX_WRITE = 1 << 20;

  private final ImageTarget target;
  private final int cacheBytes;
  private final Map<Long, Page> clean = new LinkedHashMap<>(16, 0.75f, true);
  private final TreeMap<Long, Page> dirty = new TreeMap<>();
  private long cleanBytes;
  private long dirtyBytes;

  /** One page that can be changed; good until the next page is asked for, if nothing is changed. */
  public final class Page {
    private final long hostOffset;
    private final byte[] bytes;
    private int from;
    private int to;

    private Page(long hostOffset, byte[] bytes) {
      this.hostOffset = hostOffset;
      this.bytes = bytes;
      this.from = bytes.length;
    }

    /** What the page holds; a change of it is told by {@link #changed}. */
    public byte[] bytes() {
      return bytes;
    }

    /** Says that a part of the bytes was changed. */
    public void changed(int offset, int length) {
      from = Math.min(from, offset);
      to = Math.max(to, offset + length);
      if (dirty.putIfAbsent(hostOffset, this) == null) {
        dirtyBytes += bytes.length;
        if (clean.remove(hostOffset, this)) {
          cleanBytes -= bytes.length;
        }
      }
    }

    private long changedFrom() {
      return hostOffset + from;
    }

    private long changedTo() {
      return hostOffset + to;
    }

    private void written() {
      from = bytes.length;
      to = 0;
    }
  }

  public WrittenTables(ImageTarget target, Limits limits) {
    this.target = target;
    this.cacheBytes = limits.tableCacheBytes();
  }

  @Override
  public byte[] page(long hostOffset, int length, IoCounters io) throws IOException {
    return pageAt(hostOffset, length, io).bytes;
  }

  @Override
  public int pageBytes() {
    return PAGE_BYTES;
  }

  /** As {@link #page}, for changing it. */
  public Page pageAt(long hostOffset, int length, IoCounters io) throws IOException {
    if (length > PAGE_BYTES) {
      throw new IllegalArgumentException("page of " + length + " bytes");
    }
    Page page = dirty.get(hostOffset);
    if (page == null) {
      page = clean.get(hostOffset);
    }
    if (page != null) {
      if (page.bytes.length != length) {
        throw new IllegalStateException(
            "page of " + page.bytes.length + " bytes at " + hostOffset + " asked for as " + length);
      }
      return page;
    }
    byte[] bytes = new byte[length];
    int stored = target.readPadded(hostOffset, bytes, 0, length);
    if (stored > 0) {
      io.metadataRead(stored);
    }
    page = new Page(hostOffset, bytes);
    keep(page);
    return page;
  }

  /** The page of a table that holds entry {@code index}, as {@link EntryTable#page} cuts it. */
  public Page pageOf(EntryTable table, long index, IoCounters io) throws IOException {
    long start = table.pageStart(index);
    return pageAt(
        table.hostOffset() + start * table.entryBytes(),
        (int) (table.pageEnd(index) - start) * table.entryBytes(),
        io);
  }

  private void keep(Page page) {
    clean.put(page.hostOffset, page);
    cleanBytes += page.bytes.length;
    Iterator<Page> eldest = clean.values().iterator();
    while (cleanBytes > cacheBytes) {
      cleanBytes -= eldest.next().bytes.length;
      eldest.remove();
    }
  }

  /** Whether there is something to write. */
  public boolean isChanged() {
    return !dirty.isEmpty();
  }

  /** Whether so much is changed that it should be written before more is. */
  public boolean isFull() {
    return dirtyBytes > cacheBytes;
  }

  /**
   * Writes what was changed, by ascending host offset, what lies side by side in one piece. If that
   * fails, all of it still counts as changed.
   */
  public void write() throws IOException {
    List<Page> piece = new ArrayList<>();
    long pieceBytes = 0;
    for (Page page : dirty.values()) {
      boolean joined =
          !piece.isEmpty()
              && piece.get(piece.size() - 1).changedTo() == page.changedFrom()
              && pieceBytes + page.bytes.length <= MAX_WRITE;
      if (!joined) {
        writePiece(piece);
        piece.clear();
        pieceBytes = 0;
      }
      piece.add(page);
      pieceBytes += page.to - page.from;
    }
    writePiece(piece);
    List<Page> written = List.copyOf(dirty.values());
    dirty.clear();
    dirtyBytes = 0;
    for (Page page : written) {
      page.written();
      keep(page);
    }
  }

  private void writePiece(List<Page> pages) throws IOException {
    if (pages.isEmpty()) {
      return;
    }
    Page first = pages.get(0);
    if (pages.size() == 1) {
      target.write(first.changedFrom(), first.bytes, first.from, first.to - first.from);
      return;
    }
    byte[] joined = new byte[(int) (pages.get(pages.size() - 1).changedTo() - first.changedFrom())];
    for (Page page : pages) {
      System.arraycopy(
          page.bytes,
          page.from,
          joined,
          (int) (page.changedFrom() - first.changedFrom()),
          page.to - page.from);
    }
    target.write(first.changedFrom(), joined, 0, joined.length);
  }

  /** Drops all pages, after the file was changed otherwise; none of them may be changed. */
  public void forget() {
    if (isChanged()) {
      throw new IllegalStateException("pages were changed and not written");
    }
    clean.clear();
    cleanBytes = 0;
  }
}
