package io.diskimage.format.oracle.damage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The bytes of an image file in memory, of which only pages with content are held. Copies share
 * their pages until one of them is written to.
 */
public final class ImageBytes {
  private static final int PAGE = 4096;
  private static final int LONGEST_READ = 256 * PAGE;
  private static final byte[] ZEROS = new byte[PAGE];

  private final ByteOrder order;
  private final NavigableMap<Long, byte[]> pages;
  private long length;

  private ImageBytes(ByteOrder order, NavigableMap<Long, byte[]> pages, long length) {
    this.order = order;
    this.pages = pages;
    this.length = length;
  }

  /** Reads a file whose fields have a byte order. */
  static ImageBytes read(Path file, ByteOrder order) throws IOException {
    TreeMap<Long, byte[]> pages = new TreeMap<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer piece = ByteBuffer.allocate(LONGEST_READ);
      long at = 0;
      while (channel.read(piece, at) > 0) {
        int read = piece.position();
        for (int start = 0; start < read; start += PAGE) {
          byte[] page = Arrays.copyOf(Arrays.copyOfRange(piece.array(), start, read), PAGE);
          put(pages, (at + start) / PAGE, page);
        }
        at += read;
        piece.clear();
        if (read % PAGE != 0) {
          break;
        }
      }
      return new ImageBytes(order, pages, channel.size());
    }
  }

  /** The whole of a file. */
  static ImageBytes of(byte[] file, ByteOrder order) {
    ImageBytes image = new ImageBytes(order, new TreeMap<>(), file.length);
    image.write(0, file);
    return image;
  }

  private static void put(Map<Long, byte[]> pages, long number, byte[] page) {
    if (Arrays.equals(page, ZEROS)) {
      pages.remove(number);
    } else {
      pages.put(number, page);
    }
  }

  ImageBytes copy() {
    return new ImageBytes(order, new TreeMap<>(pages), length);
  }

  /** Bytes of the file. */
  public long length() {
    return length;
  }

  /** An unsigned number of 1 to 8 bytes; zeros behind the end. */
  public long number(long offset, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      int from = order == ByteOrder.BIG_ENDIAN ? i : width - 1 - i;
      value = value << 8 | at(offset + from);
    }
    return value;
  }

  private int at(long offset) {
    byte[] page = offset < 0 ? null : pages.get(offset / PAGE);
    return page == null ? 0 : page[(int) (offset % PAGE)] & 0xff;
  }

  /** Copies bytes out; those behind the end are zero. */
  void read(long offset, ByteBuffer target) {
    long at = offset;
    while (target.hasRemaining()) {
      int within = (int) (at % PAGE);
      int count = Math.min(PAGE - within, target.remaining());
      target.put(pages.getOrDefault(at / PAGE, ZEROS), within, count);
      at += count;
    }
  }

  /** Sets a number; what would lie behind the end of the file is left out. */
  void number(long offset, int width, long value) {
    for (int i = 0; i < width; i++) {
      int shift = order == ByteOrder.BIG_ENDIAN ? width - 1 - i : i;
      write(offset + i, new byte[] {(byte) (value >>> (8 * shift))});
    }
  }

  /** Writes bytes; what would lie behind the end of the file is left out. */
  void write(long offset, byte[] bytes) {
    int done = 0;
    while (done < bytes.length && offset + done < length) {
      long at = offset + done;
      int within = (int) (at % PAGE);
      int count = (int) Math.min(Math.min(PAGE - within, bytes.length - done), length - at);
      byte[] page = pages.getOrDefault(at / PAGE, new byte[PAGE]).clone();
      System.arraycopy(bytes, done, page, within, count);
      put(pages, at / PAGE, page);
      done += count;
    }
  }

  /** Cuts the file, or makes it longer by zeros. */
  void resize(long newLength) {
    pages.tailMap((newLength + PAGE - 1) / PAGE, true).clear();
    byte[] last = pages.get(newLength / PAGE);
    if (last != null) {
      put(
          pages,
          newLength / PAGE,
          Arrays.copyOf(Arrays.copyOf(last, (int) (newLength % PAGE)), PAGE));
    }
    length = newLength;
  }

  /** Writes a file of these bytes, with holes where they are zero. */
  public void writeTo(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      if (length > 0) {
        channel.write(ByteBuffer.allocate(1), length - 1);
      }
      for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
        long at = page.getKey() * PAGE;
        int count = (int) Math.min(PAGE, length - at);
        channel.write(ByteBuffer.wrap(page.getValue(), 0, count), at);
      }
    }
  }
}
