package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/**
 * Headers and directories of a file through a window of fixed size, so that no field of theirs
 * sizes a buffer.
 */
final class HeaderBytes {
  private static final int WINDOW = 4096;

  private final ImageInput input;
  private final IoCounters io;
  private final byte[] window = new byte[WINDOW];
  private long windowStart = -1;

  HeaderBytes(ImageInput input, IoCounters io) {
    this.input = input;
    this.io = io;
  }

  ImageInput input() {
    return input;
  }

  int u8(long at) throws IOException {
    return Bytes.u8(window, turnTo(at, 1));
  }

  int u16(long at) throws IOException {
    return Bytes.u16be(window, turnTo(at, 2));
  }

  long u32(long at) throws IOException {
    return Bytes.u32be(window, turnTo(at, 4));
  }

  long u64(long at) throws IOException {
    return Bytes.u64be(window, turnTo(at, 8));
  }

  /**
   * Text of at most {@code length} bytes, up to the window's size, ending at the first zero byte.
   */
  String text(long at, int length) throws IOException {
    return Bytes.text(window, turnTo(at, length), length);
  }

  /**
   * Position in the window of bytes that it then holds whole; behind the end of the file they are
   * zero.
   */
  private int turnTo(long at, int length) throws IOException {
    if (length > WINDOW) {
      throw new IllegalArgumentException("header part of " + length + " bytes");
    }
    if (windowStart < 0 || at < windowStart || at + length > windowStart + WINDOW) {
      windowStart = -1;
      int stored = input.readPadded(at, window, 0, WINDOW);
      if (stored > 0) {
        io.metadataRead(stored);
      }
      windowStart = at;
    }
    return (int) (at - windowStart);
  }
}
