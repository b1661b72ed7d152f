package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import java.util.UUID;

/** UUIDs as VDI stores them: the first three fields little-endian (vdi.md section 1.2). */
final class VdiUuid {
  static final UUID NULL = new UUID(0, 0);

  private VdiUuid() {}

  static UUID read(byte[] bytes, int offset) {
    long high =
        Bytes.u32le(bytes, offset) << 32
            | (long) Bytes.u16le(bytes, offset + 4) << 16
            | Bytes.u16le(bytes, offset + 6);
    return new UUID(high, Bytes.u64be(bytes, offset + 8));
  }

  static void write(byte[] bytes, int offset, UUID uuid) {
    long high = uuid.getMostSignificantBits();
    Bytes.putU32le(bytes, offset, high >>> 32);
    Bytes.putU16le(bytes, offset + 4, (int) (high >>> 16));
    Bytes.putU16le(bytes, offset + 6, (int) high);
    Bytes.putU64be(bytes, offset + 8, uuid.getLeastSignificantBits());
  }
}
