package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.Arrays;

/**
 * Parts of a file that are read from front to back, through a window whose size no field of the
 * file decides: small for a header, larger once that did not suffice. Bytes behind the end of the
 * file are zero.
 */
final class ByteWindow {
  private static final int FIRST_WINDOW = 4096;
  private static final int NEXT_WINDOW = 64 << 10;

  private final ImageInput input;
  private final IoCounters io;
  private byte[] window = new byte[FIRST_WINDOW];
  private long windowStart = -1;

  ByteWindow(ImageInput input, IoCounters io) {
    this.input = input;
    this.io = io;
  }

  ImageInput input() {
    return input;
  }

  /** Makes the window hold a range, so that reads within it may come in any order. */
  void hold(long at, int length) throws IOException {
    turnTo(at, length);
  }

  int u8(long at) throws IOException {
    int from = turnTo(at, 1);
    return Bytes.u8(window, from);
  }

  int u16(long at) throws IOException {
    int from = turnTo(at, 2);
    return Bytes.u16be(window, from);
  }

  long u32(long at) throws IOException {
    int from = turnTo(at, 4);
    return Bytes.u32be(window, from);
  }

  long u64(long at) throws IOException {
    int from = turnTo(at, 8);
    return Bytes.u64be(window, from);
  }

  /** Text of at most {@code length} bytes, up to 64 KiB, ending at the first zero byte. */
  String text(long at, int length) throws IOException {
    int from = turnTo(at, length);
    return Bytes.text(window, from, length);
  }

  /** A copy of up to 64 KiB. */
  byte[] bytes(long at, int length) throws IOException {
    int from = turnTo(at, length);
    return Arrays.copyOfRange(window, from, from + length);
  }

  /** Position in the window of bytes that it then holds whole; the window may be a new array. */
  private int turnTo(long at, int length) throws IOException {
    if (length > NEXT_WINDOW) {
      throw new IllegalArgumentException("window of " + length + " bytes");
    }
    if (windowStart < 0 || at < windowStart || at + length > windowStart + window.length) {
      if (windowStart >= 0 || length > window.length) {
        window = window.length == NEXT_WINDOW ? window : new byte[NEXT_WINDOW];
      }
      windowStart = -1;
      int stored = input.readPadded(at, window, 0, window.length);
      if (stored > 0) {
        io.metadataRead(stored);
      }
      windowStart = at;
    }
    return (int) (at - windowStart);
  }
}
