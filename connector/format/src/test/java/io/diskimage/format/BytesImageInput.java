package io.diskimage.format;

import java.nio.ByteBuffer;

/** A file held in an array, which a test may change between reads. */
public final class BytesImageInput implements ImageInput {
  private final String location;
  private final byte[] bytes;
  private final int length;

  /** The whole array as a file. */
  public BytesImageInput(String location, byte[] bytes) {
    this(location, bytes, bytes.length);
  }

  /** The start of the array as a file. */
  public BytesImageInput(String location, byte[] bytes, int length) {
    this.location = location;
    this.bytes = bytes;
    this.length = length;
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
    return 0;
  }

  @Override
  public void requireUnchanged() {
    // Its length and time are what they were, whatever its bytes are.
  }

  @Override
  public int read(long position, ByteBuffer target) {
    if (position >= length) {
      return 0;
    }
    int count = (int) Math.min(target.remaining(), length - position);
    target.put(bytes, (int) position, count);
    return count;
  }

  @Override
  public void close() {
    // An array holds nothing open; CountingImageInput sees whether it was closed.
  }
}
