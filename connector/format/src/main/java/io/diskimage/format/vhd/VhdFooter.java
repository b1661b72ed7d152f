package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import java.util.UUID;

/**
 * A footer, or its copy at the start of the file, as it stands there (vhd.md section 1.1). 32-bit
 * fields are unsigned; 64-bit ones are unsigned too, in a signed type.
 */
record VhdFooter(
    boolean hasCookie,
    boolean hasValidChecksum,
    long features,
    long fileFormatVersion,
    long dataOffset,
    long timestamp,
    int creatorApplication,
    int creatorVersionMajor,
    int creatorVersionMinor,
    int creatorHostOs,
    long originalSize,
    long currentSize,
    int cylinders,
    int heads,
    int sectorsPerTrack,
    long diskType,
    long checksum,
    UUID uniqueId,
    int savedState) {

  static final int BYTES = 512;
  static final int CHECKSUM_AT = 64;
  static final int TYPE_AT = 60;
  static final int ORIGINAL_SIZE_AT = 40;
  static final int CURRENT_SIZE_AT = 48;
  static final int FIXED = 2;
  static final int DYNAMIC = 3;
  static final int DIFFERENCING = 4;
  static final int CREATOR_QEMU = 0x71656d75; // "qemu"

  /** QEMU, of a size that is not rounded to a geometry. */
  static final int CREATOR_QEMU_FORCED = 0x71656d32; // "qem2"

  static final long COOKIE = 0x636f6e6563746978L; // "conectix"
  private static final int CREATOR_VIRTUAL_PC = 0x76706320; // "vpc "
  private static final int CREATOR_XEN = 0x74617000; // "tap\0"
  private static final long FIRST_XEN = 0x0000_0001;

  /** Takes the fields of a sector as they are, whatever it holds. */
  static VhdFooter parse(byte[] bytes) {
    return new VhdFooter(
        Bytes.u64be(bytes, 0) == COOKIE,
        Bytes.u32be(bytes, CHECKSUM_AT) == VhdChecksum.of(bytes, BYTES, CHECKSUM_AT),
        Bytes.u32be(bytes, 8),
        Bytes.u32be(bytes, 12),
        Bytes.u64be(bytes, 16),
        Bytes.u32be(bytes, 24),
        (int) Bytes.u32be(bytes, 28),
        Bytes.u16be(bytes, 32),
        Bytes.u16be(bytes, 34),
        (int) Bytes.u32be(bytes, 36),
        Bytes.u64be(bytes, 40),
        Bytes.u64be(bytes, 48),
        Bytes.u16be(bytes, 56),
        Bytes.u8(bytes, 58),
        Bytes.u8(bytes, 59),
        Bytes.u32be(bytes, TYPE_AT),
        Bytes.u32be(bytes, CHECKSUM_AT),
        new UUID(Bytes.u64be(bytes, 68), Bytes.u64be(bytes, 76)),
        Bytes.u8(bytes, 84));
  }

  boolean isFixed() {
    return diskType == FIXED;
  }

  boolean isDifferencing() {
    return diskType == DIFFERENCING;
  }

  /** Whether the type is one that disks may have. */
  boolean hasKnownType() {
    return isFixed() || diskType == DYNAMIC || isDifferencing();
  }

  /** Whether no dynamic header is named; the specification's text fills but four bytes. */
  boolean hasNoDataOffset() {
    return isAllOnes(dataOffset);
  }

  /**
   * Whether a field that means nothing is all ones, as a whole or as to the half some tools write.
   */
  static boolean isAllOnes(long field) {
    return field == -1L || field == 0xffff_ffffL || field == 0xffff_ffffL << 32;
  }

  /** Whether XenServer made the disk (vhd.md section 9.3). */
  boolean isByXen() {
    return creatorApplication == CREATOR_XEN;
  }

  /**
   * Whether the first version of XenServer's tools made it, which kept bits, names and maps in ways
   * of its own (vhd.md section 9.3).
   */
  boolean isByFirstXen() {
    return isByXen() && creatorVersion() == FIRST_XEN;
  }

  /** Version of the creator: major in the upper half. */
  long creatorVersion() {
    return (long) creatorVersionMajor << 16 | creatorVersionMinor;
  }

  /** Rule 2 of vhd.md section 1.5. */
  boolean creatorGoesByGeometry() {
    return creatorApplication == CREATOR_VIRTUAL_PC || creatorApplication == CREATOR_QEMU;
  }
}
