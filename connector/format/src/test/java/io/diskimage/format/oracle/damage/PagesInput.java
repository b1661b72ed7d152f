package io.diskimage.format.oracle.damage;

import io.diskimage.format.ImageInput;
import java.nio.ByteBuffer;

/** Image bytes in memory as a file. */
final class PagesInput implements ImageInput {
  private final String location;
  private final ImageBytes bytes;

  PagesInput(String location, ImageBytes bytes) {
    this.location = location;
    this.bytes = bytes;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public long length() {
    return bytes.length();
  }

  @Override
  public long modificationTime() {
    return 0;
  }

  @Override
  public void requireUnchanged() {
    // Nobody writes to it.
  }

  @Override
  public int read(long position, ByteBuffer target) {
    int count = (int) Math.max(0, Math.min(target.remaining(), bytes.length() - position));
    ByteBuffer part = target.slice(target.position(), count);
    bytes.read(position, part);
    target.position(target.position() + count);
    return count;
  }

  @Override
  public void close() {
    // Memory holds nothing open.
  }
}
