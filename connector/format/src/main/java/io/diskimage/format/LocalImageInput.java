package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * A local file read through NIO.
 *
 * <p>NIO closes a channel under all its users when one of them is interrupted, as Spark does to
 * cancel a task. Only the interrupted thread notices here: the others go on with a new channel,
 * provided that the file is still the same.
 *
 * <p>Reading takes no lock; it leaves those of a {@link LocalImageTarget} of this JVM alone.
 */
public final class LocalImageInput implements ImageInput {
  private final String location;
  private final Path file;
  private final long length;
  private final long modificationTime;
  private final Object fileKey;
  private FileChannel channel;
  private boolean closed;

  private LocalImageInput(
      String location, Path file, BasicFileAttributes attributes, FileChannel channel)
      throws IOException {
    this.location = location;
    this.file = file;
    this.length = channel.size();
    this.modificationTime = attributes.lastModifiedTime().toMillis();
    this.fileKey = attributes.fileKey();
    this.channel = channel;
  }

  /** Opens a file under its own path as location. */
  public static LocalImageInput open(Path file) throws IOException {
    return open(file, file.toString());
  }

  /** Opens a file and names it otherwise in messages. */
  public static LocalImageInput open(Path file, String location) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    FileChannel channel = LockedFiles.open(attributes.fileKey(), file);
    try {
      return new LocalImageInput(location, file, attributes, channel);
    } catch (IOException | RuntimeException failure) {
      LockedFiles.close(attributes.fileKey(), channel);
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
  public void requireUnchanged() throws IOException {
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException gone) {
      throw new ImageChangedException(
          location, ImageException.NO_OFFSET, "changed while reading: it is gone");
    }
    if (now.size() != length
        || now.lastModifiedTime().toMillis() != modificationTime
        || !Objects.equals(now.fileKey(), fileKey)) {
      throw new ImageChangedException(
          location, ImageException.NO_OFFSET, "changed while reading: it is another file now");
    }
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    int wanted = (int) Math.min(target.remaining(), Math.max(0, length - position));
    int limit = target.limit();
    int start = target.position();
    target.limit(start + wanted);
    try {
      FileChannel current = openChannel();
      while (true) {
        try {
          fill(current, position, target);
          return wanted;
        } catch (ClosedByInterruptException ownInterruption) {
          LockedFiles.interrupted(fileKey);
          throw ownInterruption;
        } catch (ClosedChannelException closedByAnother) {
          current = reopened(current, closedByAnother);
          target.position(start);
        }
      }
    } finally {
      target.limit(limit);
    }
  }

  private void fill(FileChannel from, long position, ByteBuffer target) throws IOException {
    long next = position;
    while (target.hasRemaining()) {
      int count = from.read(target, next);
      if (count < 0) {
        throw new ImageChangedException(
            location, next, "changed while reading: it ends before its length of " + length);
      }
      next += count;
    }
  }

  private synchronized FileChannel openChannel() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
    return channel;
  }

  private synchronized FileChannel reopened(FileChannel lost, ClosedChannelException reason)
      throws IOException {
    if (closed) {
      throw reason;
    }
    if (channel == lost) {
      requireUnchanged();
      channel = LockedFiles.open(fileKey, file);
    }
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      LockedFiles.close(fileKey, channel);
    }
  }
}
