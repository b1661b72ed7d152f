package io.diskimage.format;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of one host file: positional, thread-safe reads of a file whose length is fixed at
 * opening.
 *
 * <p>Host offsets are bytes from the start of the file, never negative. Whoever opens an input
 * closes it; a driver that is handed an input takes it over and closes it with the image
 * (formats/README.md section 2 gives the access rules).
 */
public interface ImageInput extends Closeable {

  /** What the file is called in messages and in {@code host_file}; never null. */
  String location();

  /** Length in bytes as listed or as found at opening; reads never go behind it. */
  long length();

  /** Modification time in milliseconds since the epoch, 0 where the store keeps none. */
  long modificationTime();

  /**
   * Fills {@code target} from {@code position} on, up to the end of the file.
   *
   * @return bytes read: the buffer's remaining space, or less only where the file ends; 0 at or
   *     behind its end
   * @throws ImageChangedException if the file is now shorter than {@link #length()}
   */
  int read(long position, ByteBuffer target) throws IOException;

  /**
   * Fills {@code targets} one after another from {@code position} on, up to the end of the file: by
   * one request, if the store has a way to.
   *
   * @param targets backed by arrays
   * @return bytes read in all, as of {@link #read(long, ByteBuffer)}
   * @throws ImageChangedException if the file is now shorter than {@link #length()}
   */
  default int read(long position, ByteBuffer[] targets) throws IOException {
    int total = 0;
    for (ByteBuffer target : targets) {
      total += read(position + total, target);
    }
    return total;
  }

  /**
   * Looks whether the file still has the length and modification time it had at opening.
   *
   * @throws ImageChangedException if it has not, or is gone
   */
  void requireUnchanged() throws IOException;

  /**
   * Gives back what reading in sequence keeps at the ready, such as connections. Called when a user
   * has read what it wanted; others go on.
   */
  default void rest() {}

  /** How this store likes to be read. */
  default ReadAdvice advice() {
    return ReadAdvice.LOCAL;
  }

  /**
   * Length rounded up to 512 bytes, which is what every range check of the formats sees (README.md
   * section 2).
   */
  default long sectorLength() {
    long tail = length() % 512;
    return tail == 0 ? length() : length() - tail + 512;
  }

  /**
   * Fills {@code target} whole; bytes behind the end of the file are zero (README.md section 2).
   *
   * @return bytes that came from the file
   */
  default int readPadded(long position, ByteBuffer target) throws IOException {
    int stored = position >= length() ? 0 : read(position, target);
    while (target.hasRemaining()) {
      target.put((byte) 0);
    }
    return stored;
  }

  /** As {@link #readPadded(long, ByteBuffer)}, into one buffer after another. */
  default int readPadded(long position, ByteBuffer[] targets) throws IOException {
    int stored = position >= length() ? 0 : read(position, targets);
    for (ByteBuffer target : targets) {
      while (target.hasRemaining()) {
        target.put((byte) 0);
      }
    }
    return stored;
  }

  /** As {@link #readPadded(long, ByteBuffer)}, into an array range. */
  default int readPadded(long position, byte[] target, int offset, int length) throws IOException {
    int stored = position >= length() ? 0 : read(position, ByteBuffer.wrap(target, offset, length));
    Arrays.fill(target, offset + stored, offset + length, (byte) 0);
    return stored;
  }
}
