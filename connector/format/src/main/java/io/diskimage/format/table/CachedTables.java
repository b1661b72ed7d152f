package io.diskimage.format.table;

import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Table pages of one file, least recently used ones dropped beyond a fixed number of bytes.
 * Thread-safe.
 */
public final class CachedTables implements TableSource {
  private final ImageInput input;
  private final Limits limits;
  private final Map<PageKey, byte[]> pages = new LinkedHashMap<>(16, 0.75f, true);
  private long cachedBytes;

  private record PageKey(long hostOffset, int length) {}

  public CachedTables(ImageInput input, Limits limits) {
    this.input = input;
    this.limits = limits;
  }

  @Override
  public byte[] page(long hostOffset, int length, IoCounters io) throws IOException {
    if (length > limits.tablePageBytes()) {
      throw new IllegalArgumentException("page of " + length + " bytes");
    }
    PageKey key = new PageKey(hostOffset, length);
    synchronized (pages) {
      byte[] page = pages.get(key);
      if (page != null) {
        return page;
      }
    }
    // Read outside the lock: two threads may read one page, but no thread waits for another's
    // store.
    byte[] page = new byte[length];
    int stored = input.readPadded(hostOffset, page, 0, length);
    if (stored > 0) {
      io.metadataRead(stored);
    }
    synchronized (pages) {
      byte[] other = pages.putIfAbsent(key, page);
      if (other != null) {
        return other;
      }
      cachedBytes += length;
      dropEldest();
    }
    return page;
  }

  @Override
  public int pageBytes() {
    return limits.tablePageBytes();
  }

  private void dropEldest() {
    Iterator<byte[]> eldest = pages.values().iterator();
    while (cachedBytes > limits.tableCacheBytes()) {
      cachedBytes -= eldest.next().length;
      eldest.remove();
    }
  }
}
