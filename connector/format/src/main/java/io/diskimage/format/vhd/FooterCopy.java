package io.diskimage.format.vhd;

import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.Arrays;

/** One sector that is, or should be, a footer. */
final class FooterCopy {
  private final long at;
  private final byte[] bytes;
  private final VhdFooter fields;

  private FooterCopy(long at, byte[] bytes) {
    this.at = at;
    this.bytes = bytes;
    this.fields = VhdFooter.parse(bytes);
  }

  static FooterCopy read(ImageInput input, long at, IoCounters io) throws IOException {
    byte[] bytes = new byte[VhdFooter.BYTES];
    io.metadataRead(input.readPadded(at, bytes, 0, bytes.length));
    return new FooterCopy(at, bytes);
  }

  /** Host offset. */
  long at() {
    return at;
  }

  VhdFooter fields() {
    return fields;
  }

  boolean isFooter() {
    return fields.hasCookie();
  }

  boolean isValid() {
    return fields.hasCookie() && fields.hasValidChecksum();
  }

  long rightChecksum() {
    return VhdChecksum.of(bytes, VhdFooter.BYTES, VhdFooter.CHECKSUM_AT);
  }

  /** Place of the first byte that is not zero from {@code from} on, or -1. */
  int firstNonZero(int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return i;
      }
    }
    return -1;
  }

  /** Place of the first byte that differs, or -1. */
  int mismatch(FooterCopy other) {
    return Arrays.mismatch(bytes, other.bytes);
  }
}
