package io.diskimage.format;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;

/**
 * A local file written in place, and locked against other writers as QEMU locks its images: those
 * of this JVM, of others, and QEMU's. The locks are advice; a program that does not look for them
 * is not kept out. Nor are they safe from code of this JVM that opens and closes the file otherwise
 * than by {@link LocalImageInput}.
 *
 * <p>NIO closes a channel when a thread that uses it is interrupted, and the system then drops the
 * locks. Nothing is written any more from then on: another process may write already, and whoever
 * has changed a part of an image must know that the rest did not follow.
 */
public final class LocalImageTarget implements ImageTarget {
  private static final int ZEROS = 1 << 20;

  private final String location;
  private final long modificationTime;
  private final RandomAccessFile file;
  private final FileChannel channel;
  private final LockedFiles.LockedFile lock;

  /** As of now: nobody else changes it. */
  private volatile long length;

  private volatile boolean closed;

  private LocalImageTarget(
      String location,
      BasicFileAttributes attributes,
      RandomAccessFile file,
      LockedFiles.LockedFile lock)
      throws IOException {
    this.location = location;
    this.modificationTime = attributes.lastModifiedTime().toMillis();
    this.file = file;
    this.channel = file.getChannel();
    this.lock = lock;
    this.length = channel.size();
  }

  /**
   * Opens a file that exists.
   *
   * @throws NoSuchFileException if there is none
   * @throws ImageLockedException if somebody else uses it
   */
  public static LocalImageTarget open(Path file) throws IOException {
    String location = file.toString();
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    LockedFiles.LockedFile lock = LockedFiles.reserve(key(file, attributes), location);
    RandomAccessFile opened = null;
    try {
      opened = new RandomAccessFile(file.toFile(), "rw");
      requireSame(file, attributes);
      QemuLocks.take(opened.getChannel(), location);
      return new LocalImageTarget(location, attributes, opened, lock);
    } catch (IOException | RuntimeException failure) {
      lock.release(opened == null ? List.of() : List.of(opened));
      throw failure;
    }
  }

  /**
   * Opens a file, and makes an empty one where there is none.
   *
   * @throws ImageLockedException if somebody else uses it
   */
  public static LocalImageTarget create(Path file) throws IOException {
    LockedFiles.createIfMissing(file);
    return open(file);
  }

  /** A system without keys has no links either. */
  private static Object key(Path file, BasicFileAttributes attributes) throws IOException {
    return attributes.fileKey() == null ? file.toRealPath() : attributes.fileKey();
  }

  /** What was opened is what is registered. */
  private static void requireSame(Path file, BasicFileAttributes before) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    if (!Objects.equals(now.fileKey(), before.fileKey())) {
      throw new ImageChangedException(
          file.toString(),
          ImageException.NO_OFFSET,
          "another file took its place while opening it");
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
    if (lock.isLost() && !closed) {
      throw interrupted(null);
    }
    try {
      return use.run();
    } catch (ClosedByInterruptException interrupted) {
      throw interrupted;
    } catch (IOException failure) {
      throw closed || channel.isOpen() ? failure : interrupted(failure);
    }
  }

  private IOException interrupted(IOException cause) {
    return new IOException(
        location
            + ": not written any more: its lock is lost, as a thread that used it was interrupted",
        cause);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      lock.release(List.of(file));
    }
  }
}
