package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A local file read through NIO. */
public final class LocalImageInput implements ImageInput {
  private final String location;
  private final FileChannel channel;
  private final long length;
  private final long modificationTime;

  private LocalImageInput(
      String location, FileChannel channel, long length, long modificationTime) {
    this.location = location;
    this.channel = channel;
    this.length = length;
    this.modificationTime = modificationTime;
  }

  /** Opens a file under its own path as location. */
  public static LocalImageInput open(Path file) throws IOException {
    return open(file, file.toString());
  }

  /** Opens a file and names it otherwise in messages. */
  public static LocalImageInput open(Path file, String location) throws IOException {
    long modified = Files.getLastModifiedTime(file).toMillis();
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new LocalImageInput(location, channel, channel.size(), modified);
    } catch (IOException | RuntimeException failure) {
      channel.close();
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
  public int read(long position, ByteBuffer target) throws IOException {
    int wanted = (int) Math.min(target.remaining(), Math.max(0, length - position));
    int limit = target.limit();
    target.limit(target.position() + wanted);
    try {
      int done = 0;
      while (done < wanted) {
        int count = channel.read(target, position + done);
        if (count < 0) {
          throw new ImageChangedException(
              location,
              position + done,
              "changed while reading: it ends before its length of " + length);
        }
        done += count;
      }
      return done;
    } finally {
      target.limit(limit);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
