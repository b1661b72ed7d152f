package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;

/** The checksum of footers and dynamic headers (vhd.md section 1.3). */
final class VhdChecksum {
  private VhdChecksum() {}

  /**
   * Complement of the sum of the first {@code length} bytes, the checksum itself taken as zero.
   *
   * @return unsigned 32 bits
   */
  static long of(byte[] bytes, int length, int checksumAt) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      if (i < checksumAt || i >= checksumAt + 4) {
        sum += bytes[i] & 0xff;
      }
    }
    return ~sum & 0xffff_ffffL;
  }

  /** Stores the checksum of the first {@code length} bytes among them. */
  static void sign(byte[] bytes, int length, int checksumAt) {
    Bytes.putU32be(bytes, checksumAt, of(bytes, length, checksumAt));
  }
}
