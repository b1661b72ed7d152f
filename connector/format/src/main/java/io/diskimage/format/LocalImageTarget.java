package io.diskimage.format;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A local file written in place.
 *
 * <p>NIO closes a channel when a thread that uses it is interrupted. Nothing is written any more
 * then: whoever has changed a part of an image must know that the rest did not follow.
 */
public final class LocalImageTarget implements ImageTarget {
  private static final int ZEROS = 1 << 20;

  private final String location;
  private final long modificationTime;
  private final RandomAccessFile file;
  private final FileChannel channel;

  /** As of now: nobody else changes it. */
  private volatile long length;

  private volatile boolean closed;

  private LocalImageTarget(Path path, RandomAccessFile file) throws IOException {
    this.location = path.toString();
    this.modificationTime = Files.getLastModifiedTime(path).toMillis();
    this.file = file;
    this.channel = file.getChannel();
    this.length = channel.size();
  }

  /**
   * Opens a file that exists.
   *
   * @throws NoSuchFileException if there is none
   */
  public static LocalImageTarget open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return create(file);
  }

  /** Opens a file, and makes an empty one where there is none. */
  public static LocalImageTarget create(Path file) throws IOException {
    RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
    try {
      return new LocalImageTarget(file, opened);
    } catch (IOException | RuntimeException failure) {
      opened.close();
      throw failure;
    }
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public long modificationTime() {
    return modificationTime;
  }

  @Override
  public void requireUnchanged() {
    // Its owner alone changes it.
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    return using(
        () -> {
          int start = target.position();
          long next = position;
          while (target.hasRemaining()) {
            int count = channel.read(target, next);
            if (count < 0) {
              break;
            }
            next += count;
          }
          return target.position() - start;
        });
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    using(
        () -> {
          long next = position;
          while (source.hasRemaining()) {
            next += channel.write(source, next);
            length = Math.max(length, next);
          }
          return null;
        });
  }

  @Override
  public void zero(long position, long count) throws IOException {
    long stored = Math.min(position + count, length);
    ByteBuffer zeros = ByteBuffer.allocate((int) Math.max(0, Math.min(ZEROS, stored - position)));
    long next = position;
    while (next < stored) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), stored - next));
      int piece = zeros.remaining();
      write(next, zeros);
      next += piece;
    }
    if (position + count > length) {
      setLength(position + count);
    }
  }

  @Override
  public void setLength(long newLength) throws IOException {
    using(
        () -> {
          file.setLength(newLength);
          length = newLength;
          return null;
        });
  }

  @Override
  public void flush() throws IOException {
    using(
        () -> {
          channel.force(false);
          return null;
        });
  }

  /** Something done with the file. */
  @FunctionalInterface
  private interface Use<T> {
    T run() throws IOException;
  }

  private <T> T using(Use<T> use) throws IOException {
    try {
      return use.run();
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted;
    } catch (IOException failure) {
      if (closed || channel.isOpen()) {
        throw failure;
      }
      throw new IOException(
          location + ": not written any more: a thread was interrupted while it used the file",
          failure);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    file.close();
  }
}
