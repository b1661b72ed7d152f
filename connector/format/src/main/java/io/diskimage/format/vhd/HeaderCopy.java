package io.diskimage.format.vhd;

import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import java.io.IOException;

/** The bytes that are, or should be, the dynamic header. */
final class HeaderCopy {
  private final long at;
  private final byte[] bytes;
  private final DynamicHeader fields;

  private HeaderCopy(long at, byte[] bytes, VhdFooter footer) {
    this.at = at;
    this.bytes = bytes;
    this.fields = DynamicHeader.parse(bytes, footer);
  }

  static HeaderCopy read(ImageInput input, long at, VhdFooter footer, IoCounters io)
      throws IOException {
    byte[] bytes = new byte[DynamicHeader.BYTES];
    io.metadataRead(input.readPadded(at, bytes, 0, bytes.length));
    return new HeaderCopy(at, bytes, footer);
  }

  /** Host offset. */
  long at() {
    return at;
  }

  DynamicHeader fields() {
    return fields;
  }

  long rightChecksum() {
    return VhdChecksum.of(bytes, DynamicHeader.BYTES, DynamicHeader.CHECKSUM_AT);
  }

  boolean isZero(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
