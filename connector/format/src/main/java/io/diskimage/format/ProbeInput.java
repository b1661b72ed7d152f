package io.diskimage.format;

import java.util.Arrays;

/** What a probe may look at (formats/README.md section 3). */
public final class ProbeInput {
  private final String fileName;
  private final byte[] head;
  private final byte[] tail;
  private final long length;

  /**
   * The parts of one file.
   *
   * @param fileName last path component
   * @param head the first 512 bytes, fewer when the file is shorter
   * @param tail the last 512 bytes of the file length rounded up to 512; empty when nobody asked
   *     for it
   * @param length file length in bytes
   */
  public ProbeInput(String fileName, byte[] head, byte[] tail, long length) {
    this.fileName = fileName;
    this.head = head.clone();
    this.tail = tail.clone();
    this.length = length;
  }

  /** Last path component. */
  public String fileName() {
    return fileName;
  }

  /** The first 512 bytes padded with zeros to that length. */
  public byte[] head() {
    return Arrays.copyOf(head, 512);
  }

  /** How many bytes of {@link #head()} the file has. */
  public int headLength() {
    return head.length;
  }

  /** The last sector; empty when nobody asked for it. */
  public byte[] tail() {
    return tail.clone();
  }

  /** File length in bytes. */
  public long length() {
    return length;
  }
}
