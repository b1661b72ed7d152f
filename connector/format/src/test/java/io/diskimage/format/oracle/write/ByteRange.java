package io.diskimage.format.oracle.write;

/**
 * A part of a file.
 *
 * @param offset in bytes
 * @param length in bytes
 */
public record ByteRange(long offset, int length) {
  boolean contains(long position) {
    return offset <= position && position < offset + length;
  }
}
