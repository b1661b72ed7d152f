package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.table.TableSource;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tables of an image that is written: pages as they are now, of which the changed ones wait to
 * be written in the order of {@link MetadataOrder}. Unchanged ones are dropped, least recently used
 * first; changed ones stay, and {@link #isFull} says when it is time to write them.
 */
final class MetadataCache implements TableSource {
  private static final int SECTOR = 512;

  /** What pages are parts of; those of one kind are written together. */
  private static final List<MetadataArea> CACHED =
      List.of(MetadataArea.REFCOUNT_BLOCK, MetadataArea.ACTIVE_L2, MetadataArea.ACTIVE_L1);

  private final ImageTarget target;
  private final Limits limits;
  private final Map<Long, Page> unchanged = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<MetadataArea, TreeMap<Long, Page>> changed = new EnumMap<>(MetadataArea.class);
  private long unchangedBytes;
  private long changedBytes;

  /** A page, and the part of it that the file does not have: nothing if {@code from == to}. */
  private static final class Page {
    private final byte[] bytes;
    private int from;
    private int to;

    Page(byte[] bytes) {
      this.bytes = bytes;
    }

    void change(int at, int length) {
      boolean none = from == to;
      int sectorFrom = at / SECTOR * SECTOR;
      int sectorTo = Math.min(bytes.length, (at + length + SECTOR - 1) / SECTOR * SECTOR);
      from = none ? sectorFrom : Math.min(from, sectorFrom);
      to = none ? sectorTo : Math.max(to, sectorTo);
    }
  }

  MetadataCache(ImageTarget target, Limits limits) {
    this.target = target;
    this.limits = limits;
    for (MetadataArea kind : CACHED) {
      changed.put(kind, new TreeMap<>());
    }
  }

  /**
   * A page as it is now.
   *
   * @throws TruncatedImageException if the file ends before it: what is missing is no table
   */
  @Override
  public byte[] page(long hostOffset, int length, IoCounters io) throws IOException {
    Page page = held(hostOffset);
    if (page != null && page.bytes.length == length) {
      return page.bytes;
    }
    if (page != null || overlapsChanged(hostOffset, length)) {
      return patched(hostOffset, length, io);
    }
    byte[] bytes = read(hostOffset, length, io);
    unchanged.put(hostOffset, new Page(bytes));
    unchangedBytes += length;
    dropEldest();
    return bytes;
  }

  /**
   * A page that the caller changes, at once and nowhere else.
   *
   * @param at first byte in the page that is changed
   * @param bytes how many are
   */
  byte[] change(MetadataArea kind, long hostOffset, int length, int at, int bytes, IoCounters io)
      throws IOException {
    Page page = changed.get(kind).get(hostOffset);
    if (page == null) {
      page = new Page(page(hostOffset, length, io));
      forget(hostOffset);
      changed.get(kind).put(hostOffset, page);
      changedBytes += length;
    }
    page.change(at, bytes);
    return page.bytes;
  }

  /** Begins a table of zeros in a cluster that held none. */
  void create(MetadataArea kind, long hostOffset, long length) {
    create(kind, hostOffset, new byte[Math.toIntExact(length)]);
  }

  /** Begins a table in a cluster that held none. */
  void create(MetadataArea kind, long hostOffset, byte[] table) {
    for (int at = 0; at < table.length; at += pageBytes()) {
      int length = Math.min(pageBytes(), table.length - at);
      byte[] bytes = new byte[length];
      System.arraycopy(table, at, bytes, 0, length);
      forget(hostOffset + at);
      Page page = new Page(bytes);
      page.change(0, length);
      changed.get(kind).put(hostOffset + at, page);
      changedBytes += length;
    }
  }

  /** Forgets the pages of a cluster, changed or not, as it is no table any more. */
  void forgetCluster(long hostOffset, long clusterSize) {
    for (long at = hostOffset; at < hostOffset + clusterSize; at += pageBytes()) {
      forget(at);
    }
  }

  private void forget(long hostOffset) {
    Page page = unchanged.remove(hostOffset);
    unchangedBytes -= page == null ? 0 : page.bytes.length;
    for (TreeMap<Long, Page> pages : changed.values()) {
      page = pages.remove(hostOffset);
      changedBytes -= page == null ? 0 : page.bytes.length;
    }
  }

  /** Whether there is anything of a kind to write. */
  boolean isChanged(MetadataArea kind) {
    return !changed.get(kind).isEmpty();
  }

  /** Whether so much waits to be written that no more may be added to it. */
  boolean isFull() {
    return changedBytes > limits.tableCacheBytes() / 2;
  }

  /** Writes all changed pages of a kind, which count as changed until {@link #written}. */
  void write(MetadataArea kind, OverlapGuard guard) throws IOException {
    for (Map.Entry<Long, Page> each : changed.get(kind).entrySet()) {
      Page page = each.getValue();
      guard.requireNoOverlap(kind, each.getKey() + page.from, page.to - page.from);
      target.write(each.getKey() + page.from, page.bytes, page.from, page.to - page.from);
    }
  }

  /** Takes all changed pages of a kind for written: they are where they have to be. */
  void written(MetadataArea kind) {
    changed
        .get(kind)
        .forEach(
            (hostOffset, page) -> {
              page.from = 0;
              page.to = 0;
              unchanged.put(hostOffset, page);
              unchangedBytes += page.bytes.length;
              changedBytes -= page.bytes.length;
            });
    changed.get(kind).clear();
    dropEldest();
  }

  @Override
  public int pageBytes() {
    return limits.tablePageBytes();
  }

  private Page held(long hostOffset) {
    for (TreeMap<Long, Page> pages : changed.values()) {
      Page page = pages.get(hostOffset);
      if (page != null) {
        return page;
      }
    }
    return unchanged.get(hostOffset);
  }

  private boolean overlapsChanged(long hostOffset, int length) {
    for (TreeMap<Long, Page> pages : changed.values()) {
      Map.Entry<Long, Page> last = pages.lowerEntry(hostOffset + length);
      if (last != null && last.getKey() + last.getValue().bytes.length > hostOffset) {
        return true;
      }
    }
    return false;
  }

  /** Of tables that overlap each other, as those of no sound image do: the file with changes. */
  private byte[] patched(long hostOffset, int length, IoCounters io) throws IOException {
    byte[] bytes = read(hostOffset, length, io);
    for (TreeMap<Long, Page> pages : changed.values()) {
      pages.forEach(
          (at, page) -> {
            long from = Math.max(hostOffset, at);
            long to = Math.min(hostOffset + length, at + page.bytes.length);
            if (from < to) {
              System.arraycopy(
                  page.bytes,
                  (int) (from - at),
                  bytes,
                  (int) (from - hostOffset),
                  (int) (to - from));
            }
          });
    }
    return bytes;
  }

  private byte[] read(long hostOffset, int length, IoCounters io) throws IOException {
    if (hostOffset > target.sectorLength() - length) {
      throw new TruncatedImageException(
          target.location(), hostOffset, "a table lies behind the end of the file");
    }
    byte[] bytes = new byte[length];
    io.metadataRead(target.readPadded(hostOffset, bytes, 0, length));
    return bytes;
  }

  private void dropEldest() {
    Iterator<Page> eldest = unchanged.values().iterator();
    while (unchangedBytes > limits.tableCacheBytes() / 2 && eldest.hasNext()) {
      unchangedBytes -= eldest.next().bytes.length;
      eldest.remove();
    }
  }
}
