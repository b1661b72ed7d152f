package io.diskimage.format.oracle.write;

import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Bytes without an end, zero where nothing was put, kept in pages. Copies share pages until one of
 * them changes, so that a test may keep a copy of every state.
 */
final class SparseBytes {
  /** Bytes that are kept together. */
  static final int PAGE = 16 << 10;

  private static final byte[] ZEROS = new byte[PAGE];

  /** Bytes of a page, and the only one that may change them. */
  private static final class Page {
    final byte[] bytes;
    final SparseBytes owner;

    Page(byte[] bytes, SparseBytes owner) {
      this.bytes = bytes;
      this.owner = owner;
    }
  }

  private final NavigableMap<Long, Page> pages;

  SparseBytes() {
    this(new TreeMap<>());
  }

  private SparseBytes(NavigableMap<Long, Page> pages) {
    this.pages = pages;
  }

  /** The same bytes, which change no more when these do, nor these when those do. */
  SparseBytes copy() {
    // What is shared belongs to nobody any more.
    pages.replaceAll((number, page) -> new Page(page.bytes, null));
    return new SparseBytes(new TreeMap<>(pages));
  }

  void get(long position, byte[] target, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      int start = (int) (at % PAGE);
      int piece = Math.min(length - done, PAGE - start);
      Page page = pages.get(at / PAGE);
      System.arraycopy(page == null ? ZEROS : page.bytes, start, target, offset + done, piece);
      done += piece;
    }
  }

  void put(long position, byte[] source, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      int start = (int) (at % PAGE);
      int piece = Math.min(length - done, PAGE - start);
      System.arraycopy(source, offset + done, owned(at / PAGE), start, piece);
      done += piece;
    }
  }

  /** Puts zeros; {@code to} is the end of the range. */
  void zero(long from, long to) {
    fill(from, to, (byte) 0);
  }

  /** Puts one value everywhere in a range that is short unless the value is zero. */
  void fill(long from, long to, byte value) {
    long at = from;
    while (at < to) {
      long start = at % PAGE;
      if (value == 0 && start == 0) {
        long whole = to / PAGE;
        pages.subMap(at / PAGE, Math.max(at / PAGE, whole)).clear();
        at = Math.max(at, whole * PAGE);
        if (at == to) {
          return;
        }
      }
      long end = Math.min(to, at - at % PAGE + PAGE);
      if (value != 0 || pages.containsKey(at / PAGE)) {
        byte[] bytes = owned(at / PAGE);
        Arrays.fill(bytes, (int) (at % PAGE), (int) (end - at + at % PAGE), value);
      }
      at = end;
    }
  }

  private byte[] owned(long number) {
    Page page = pages.get(number);
    if (page == null || page.owner != this) {
      page = new Page(page == null ? new byte[PAGE] : page.bytes.clone(), this);
      pages.put(number, page);
    }
    return page.bytes;
  }

  /** Where pages are that may hold something, in ascending order. */
  long[] pageOffsets() {
    return pages.keySet().stream().mapToLong(number -> number * PAGE).toArray();
  }
}
