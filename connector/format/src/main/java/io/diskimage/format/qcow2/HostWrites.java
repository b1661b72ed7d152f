package io.diskimage.format.qcow2;

import io.diskimage.format.ImageTarget;
import java.io.IOException;

/** Brings guest data to where they are stored, encrypted if the image is. */
final class HostWrites {
  private static final int PORTION = 1 << 20;

  private final ImageTarget target;
  private final OverlapGuard guard;

  /** Null if data are stored as they are. */
  private final Encryption cipher;

  private byte[] portion = {};
  private boolean unflushed;

  /** Encrypts guest data. */
  @FunctionalInterface
  interface Encryption {
    /** Encrypts whole sectors in place, by where they are on the disk and in the file. */
    void encrypt(byte[] bytes, int offset, int length, long guestOffset, long hostOffset);
  }

  /**
   * Writes to a file.
   *
   * @param target holds guest data
   * @param guard keeps writes off metadata; null if the file has none
   * @param cipher encrypts guest data; null for none
   */
  HostWrites(ImageTarget target, OverlapGuard guard, Encryption cipher) {
    this.target = target;
    this.guard = guard;
    this.cipher = cipher;
  }

  /** Whether only whole sectors can be written. */
  boolean isBySector() {
    return cipher != null;
  }

  /** Writes guest data; whole sectors if {@link #isBySector}. */
  void write(long guestOffset, long hostOffset, byte[] source, int offset, int length)
      throws IOException {
    begin(hostOffset, length);
    if (cipher == null) {
      target.write(hostOffset, source, offset, length);
      return;
    }
    if (portion.length == 0) {
      portion = new byte[PORTION];
    }
    for (int done = 0; done < length; done += PORTION) {
      int part = Math.min(PORTION, length - done);
      System.arraycopy(source, offset + done, portion, 0, part);
      cipher.encrypt(portion, 0, part, guestOffset + done, hostOffset + done);
      target.write(hostOffset + done, portion, 0, part);
    }
  }

  /** Writes what is stored as it is whatever the image: compressed streams. */
  void writeStored(long hostOffset, byte[] source, int offset, int length) throws IOException {
    begin(hostOffset, length);
    target.write(hostOffset, source, offset, length);
  }

  /** Makes stored data zeros; not of an encrypted image. */
  void zero(long hostOffset, long length) throws IOException {
    begin(hostOffset, length);
    target.zero(hostOffset, length);
  }

  private void begin(long hostOffset, long length) throws IOException {
    if (guard != null) {
      guard.requireNoOverlap(OverlapGuard.NONE, hostOffset, length);
    }
    unflushed = true;
  }

  /** A file was flushed, with what was written to it before. */
  void flushedWith(ImageTarget file) {
    unflushed &= file != target;
  }

  /** Returns when all that was written is on stable storage. */
  void flush() throws IOException {
    if (unflushed) {
      target.flush();
      unflushed = false;
    }
  }
}
