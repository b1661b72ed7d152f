package io.diskimage.format.table;

import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import java.io.IOException;

/**
 * Table pages one at a time, all in one buffer: for walks over tables that a cache would not keep.
 * A page is good until another one is asked for. Not thread-safe.
 */
public final class OnePage implements TableSource {
  private static final long NONE = -1;

  private final ImageInput input;
  private final int pageBytes;
  private byte[] page = {};
  private long pageAt = NONE;
  private int pageLength;

  public OnePage(ImageInput input, Limits limits) {
    this.input = input;
    this.pageBytes = limits.tablePageBytes();
  }

  /** The array may be longer than the page. */
  @Override
  public byte[] page(long hostOffset, int length, IoCounters io) throws IOException {
    if (length > pageBytes) {
      throw new IllegalArgumentException("page of " + length + " bytes");
    }
    if (hostOffset != pageAt || length != pageLength) {
      pageAt = NONE;
      if (page.length < length) {
        page = new byte[length];
      }
      int stored = input.readPadded(hostOffset, page, 0, length);
      if (stored > 0) {
        io.metadataRead(stored);
      }
      pageAt = hostOffset;
      pageLength = length;
    }
    return page;
  }

  @Override
  public int pageBytes() {
    return pageBytes;
  }
}
