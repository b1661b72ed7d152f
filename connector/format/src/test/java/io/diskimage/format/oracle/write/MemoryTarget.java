package io.diskimage.format.oracle.write;

import io.diskimage.format.ImageTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** A file in memory, as sparse and as large as may be. */
public class MemoryTarget implements ImageTarget {
  private static final String LOCATION = "/vm/memory";

  private final SparseBytes bytes;
  private long length;

  /** An empty file. */
  public MemoryTarget() {
    this(new SparseBytes(), 0);
  }

  private MemoryTarget(SparseBytes bytes, long length) {
    this.bytes = bytes;
    this.length = length;
  }

  /** A copy of a file. */
  public static MemoryTarget of(Path file) throws IOException {
    MemoryTarget target = new MemoryTarget();
    ByteBuffer piece = ByteBuffer.allocate(SparseBytes.PAGE);
    try (FileChannel channel = FileChannel.open(file)) {
      for (long at = 0; at < channel.size(); at += piece.limit()) {
        piece.clear();
        while (piece.hasRemaining() && channel.read(piece, at + piece.position()) >= 0) {
          // Until the page is full or the file ends.
        }
        piece.flip();
        if (!isZero(piece)) {
          target.bytes.put(at, piece.array(), 0, piece.limit());
        }
      }
      target.length = channel.size();
    }
    return target;
  }

  private static boolean isZero(ByteBuffer piece) {
    return piece.mismatch(ByteBuffer.allocate(piece.limit())) < 0;
  }

  /** The same file, apart from this one from now on. */
  public MemoryTarget copy() {
    return new MemoryTarget(bytes.copy(), length);
  }

  /** Where this file or another one may hold something, by pages. */
  SortedSet<Long> pagesWith(MemoryTarget other) {
    SortedSet<Long> offsets = new TreeSet<>();
    for (MemoryTarget each : List.of(this, other)) {
      for (long at : each.bytes.pageOffsets()) {
        offsets.add(at);
      }
    }
    return offsets;
  }

  /** Puts it to a new file, with holes. */
  public void writeTo(Path file) throws IOException {
    byte[] page = new byte[SparseBytes.PAGE];
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (long at : bytes.pageOffsets()) {
        int piece = (int) Math.min(page.length, length - at);
        if (piece > 0) {
          bytes.get(at, page, 0, piece);
          writeAll(channel, at, ByteBuffer.wrap(page, 0, piece));
        }
      }
      if (channel.size() < length) {
        writeAll(channel, length - 1, ByteBuffer.allocate(1));
      }
    }
  }

  private static void writeAll(FileChannel channel, long at, ByteBuffer piece) throws IOException {
    long next = at;
    while (piece.hasRemaining()) {
      next += channel.write(piece, next);
    }
  }

  @Override
  public String location() {
    return LOCATION;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public long modificationTime() {
    return 0;
  }

  @Override
  public void requireUnchanged() {
    // Nobody else writes to it.
  }

  @Override
  public int read(long position, ByteBuffer target) {
    int count = (int) Math.max(0, Math.min(target.remaining(), length - position));
    byte[] piece = new byte[count];
    bytes.get(position, piece, 0, count);
    target.put(piece);
    return count;
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    byte[] piece = new byte[source.remaining()];
    source.get(piece);
    bytes.put(position, piece, 0, piece.length);
    length = Math.max(length, position + piece.length);
  }

  @Override
  public void zero(long position, long count) throws IOException {
    bytes.zero(position, position + count);
    length = Math.max(length, position + count);
  }

  @Override
  public void setLength(long newLength) throws IOException {
    if (newLength < length) {
      bytes.zero(newLength, length);
    }
    length = newLength;
  }

  @Override
  public void flush() throws IOException {
    // Memory is as stable as it gets.
  }

  @Override
  public void close() throws IOException {
    // Memory holds nothing open; what was written stays there to be looked at.
  }
}
