package io.diskimage.format.vdi;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.Purpose;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnsupportedImageException;
import java.util.Locale;
import java.util.UUID;

/**
 * The header as it stands in the file (vdi.md section 1.1); sizes and offsets are bytes, 32-bit
 * fields are unsigned, {@link #storedDiskSize()} is an unsigned 64-bit number.
 */
record VdiHeader(
    String text,
    long signature,
    long version,
    long headerSize,
    long imageType,
    long imageFlags,
    String description,
    long offsetBmap,
    long offsetData,
    long cylinders,
    long heads,
    long sectors,
    long sectorSize,
    long storedDiskSize,
    long blockSize,
    long blockExtra,
    long blocksInImage,
    long blocksAllocated,
    UUID uuidImage,
    UUID uuidLastSnap,
    UUID uuidLink,
    UUID uuidParent,
    LogicalGeometry logicalGeometry) {

  static final int BYTES = 512;
  static final int OFFSET_BMAP_AT = 0x154;
  static final int OFFSET_DATA_AT = 0x158;
  static final int DISK_SIZE_AT = 0x170;
  static final int BLOCKS_IN_IMAGE_AT = 0x180;
  static final int BLOCKS_ALLOCATED_AT = 0x184;

  static final int TYPE_DYNAMIC = 1;
  static final int TYPE_STATIC = 2;
  static final int TYPE_UNDO = 3;
  static final int TYPE_DIFFERENCING = 4;

  static final long SIGNATURE = 0xbeda107fL;
  static final long VERSION_1_1 = 0x10001;
  static final long MAX_DISK_SIZE = 0x1_ffff_f800_0000L;
  static final long QEMU_BLOCK_SIZE = 1 << 20;

  /** Blocks that VirtualBox opens: powers of two in this range (vdi.md section 1.1). */
  private static final long MIN_BLOCK_SIZE = 128 << 10;

  private static final long MAX_BLOCK_SIZE = 128 << 20;
  static final long MAX_BLOCKS = 0x1fff_ff80L;
  private static final int HEADER_SIZE_WITH_GEOMETRY = 0x190;

  /** What headers of "1.1 plus" add; absent from shorter ones. */
  record LogicalGeometry(long cylinders, long heads, long sectors, long sectorSize) {}

  /** Takes the fields of the first 512 bytes of a file as they are. */
  static VdiHeader parse(byte[] bytes) {
    long headerSize = Bytes.u32le(bytes, 0x48);
    LogicalGeometry geometry =
        headerSize < HEADER_SIZE_WITH_GEOMETRY
            ? null
            : new LogicalGeometry(
                Bytes.u32le(bytes, 0x1c8),
                Bytes.u32le(bytes, 0x1cc),
                Bytes.u32le(bytes, 0x1d0),
                Bytes.u32le(bytes, 0x1d4));
    return new VdiHeader(
        Bytes.text(bytes, 0, 64),
        Bytes.u32le(bytes, 0x40),
        Bytes.u32le(bytes, 0x44),
        headerSize,
        Bytes.u32le(bytes, 0x4c),
        Bytes.u32le(bytes, 0x50),
        Bytes.text(bytes, 0x54, 256),
        Bytes.u32le(bytes, 0x154),
        Bytes.u32le(bytes, 0x158),
        Bytes.u32le(bytes, 0x15c),
        Bytes.u32le(bytes, 0x160),
        Bytes.u32le(bytes, 0x164),
        Bytes.u32le(bytes, 0x168),
        Bytes.u64le(bytes, 0x170),
        Bytes.u32le(bytes, 0x178),
        Bytes.u32le(bytes, 0x17c),
        Bytes.u32le(bytes, 0x180),
        Bytes.u32le(bytes, 0x184),
        VdiUuid.read(bytes, 0x188),
        VdiUuid.read(bytes, 0x198),
        VdiUuid.read(bytes, 0x1a8),
        VdiUuid.read(bytes, 0x1b8),
        geometry);
  }

  boolean hasSignature() {
    return signature == SIGNATURE;
  }

  /** Disk size in bytes, up to whole sectors (vdi.md section 2 row 3). */
  long diskSize() {
    return (storedDiskSize + 511) / 512 * 512;
  }

  /** Length of the block map in bytes, without padding. */
  long mapBytes() {
    return blocksInImage * BlockTable.ENTRY_BYTES;
  }

  /** Host offset behind the block map and its padding. */
  long mapEnd() {
    return offsetBmap + (mapBytes() + 511) / 512 * 512;
  }

  /**
   * Whether the content of absent blocks is another image's business. Type 4 without UUIDs is like
   * dynamic (vdi.md section 9.3); one UUID alone is enough for not guessing zeros.
   */
  boolean hasParent() {
    return hasLink() || !uuidParent.equals(VdiUuid.NULL);
  }

  /** Whether the parent is named. */
  boolean hasLink() {
    return !uuidLink.equals(VdiUuid.NULL);
  }

  /** Bytes from block to block in the file: the block and the extra bytes in front of it. */
  long stride() {
    return blockSize + blockExtra;
  }

  /**
   * Rows 2 to 13 of vdi.md section 2; 9, the block size, as QEMU has it for CHECK and WRITE only,
   * and 11 and 12, a parent, for CHECK only.
   */
  void requireValid(ImageInput input, Purpose purpose) throws ImageException {
    if (Long.compareUnsigned(storedDiskSize, MAX_DISK_SIZE) > 0) {
      String text =
          String.format(
              Locale.ROOT,
              "Unsupported VDI image size (size is 0x%x, max supported is 0x%x)",
              storedDiskSize,
              MAX_DISK_SIZE);
      // Row 2 stands before the signature: in a file of another kind it speaks of a random number.
      throw hasSignature()
          ? new CorruptImageException(input.location(), 0x170, text)
          : new NotAnImageException(input.location(), 0x40, text);
    }
    if (!hasSignature()) {
      throw new NotAnImageException(
          input.location(),
          0x40,
          String.format(Locale.ROOT, "Image not in VDI format (bad signature %08x)", signature));
    }
    if (version != VERSION_1_1) {
      throw new UnsupportedImageException(
          input.location(),
          0x44,
          String.format(
              Locale.ROOT,
              "unsupported VDI image (version %d.%d)",
              version >>> 16,
              version & 0xffff));
    }
    if (offsetBmap % 512 != 0) {
      throw corrupt(input, 0x154, "(unaligned block map offset 0x%x)", offsetBmap);
    }
    if (offsetData % 512 != 0) {
      throw corrupt(input, 0x158, "(unaligned data offset 0x%x)", offsetData);
    }
    if (sectorSize != 512) {
      throw corrupt(input, 0x168, "(sector size %d is not 512)", sectorSize);
    }
    boolean strict = purpose == Purpose.CHECK || purpose == Purpose.WRITE;
    if (strict ? blockSize != QEMU_BLOCK_SIZE : !isBlockSizeReadable()) {
      throw new UnsupportedImageException(
          input.location(),
          0x178,
          String.format(
              Locale.ROOT, "unsupported VDI image (block size %d is not 1048576)", blockSize));
    }
    if (diskSize() > blocksInImage * blockSize) {
      throw corrupt(
          input,
          0x170,
          "(disk size %d, image bitmap has room for %d)",
          diskSize(),
          blocksInImage * blockSize);
    }
    if (purpose == Purpose.CHECK && hasParent()) {
      throw withParent(input, "differencing VDI, which is not checked");
    }
    if (blocksInImage > MAX_BLOCKS) {
      throw corrupt(input, 0x180, "(too many blocks %d, max is %d)", blocksInImage, MAX_BLOCKS);
    }
  }

  /**
   * What stands against reading guest data: the refusals that vdi.md sections 2 and 9 recommend,
   * since QEMU would show wrong data. For READ and WRITE.
   */
  void requireReadable(ImageInput input) throws ImageException {
    if (imageType == TYPE_UNDO) {
      throw new UnsupportedImageException(
          input.location(), 0x4c, "unsupported VDI image (type 3, undo)");
    }
    // The UUIDs count, not the type (vdi.md section 9.3).
    if (hasParent() && (imageType != TYPE_DIFFERENCING || !hasLink())) {
      throw withParent(
          input,
          hasLink()
              ? "type " + imageType + " has no parent"
              : "differencing VDI that does not name its parent");
    }
    if (Long.bitCount(blockExtra) > 1) {
      throw corrupt(input, 0x17c, "(block_extra %d is no power of two)", blockExtra);
    }
    if (blocksInImage == 0) {
      return;
    }
    if (offsetBmap < BYTES) {
      throw corrupt(input, 0x154, "(block map offset 0x%x lies in the header)", offsetBmap);
    }
    if (offsetBmap + mapBytes() > input.sectorLength()) {
      // Behind the end of the file the map would read as zeros: every entry as block 0.
      throw new TruncatedImageException(
          input.location(),
          0x154,
          String.format(
              Locale.ROOT,
              "VDI block map (offset 0x%x, %d bytes) is outside the image file",
              offsetBmap,
              mapBytes()));
    }
    if (offsetData < offsetBmap + mapBytes()) {
      throw corrupt(
          input,
          0x158,
          "(data offset 0x%x is before the end of the block map 0x%x)",
          offsetData,
          offsetBmap + mapBytes());
    }
  }

  private boolean isBlockSizeReadable() {
    return Long.bitCount(blockSize) == 1
        && MIN_BLOCK_SIZE <= blockSize
        && blockSize <= MAX_BLOCK_SIZE;
  }

  /** Rows 11 and 12 of vdi.md section 2, with what is against it here. */
  private UnsupportedImageException withParent(ImageInput input, String why) {
    return hasLink()
        ? new UnsupportedImageException(
            input.location(), 0x1a8, "unsupported VDI image (non-NULL link UUID): " + why)
        : new UnsupportedImageException(
            input.location(), 0x1b8, "unsupported VDI image (non-NULL parent UUID): " + why);
  }

  private static CorruptImageException corrupt(
      ImageInput input, long hostOffset, String text, Object... values) {
    return new CorruptImageException(
        input.location(),
        hostOffset,
        "unsupported VDI image " + String.format(Locale.ROOT, text, values));
  }
}
