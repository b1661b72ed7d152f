package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.TruncatedImageException;
import java.nio.charset.StandardCharsets;

/**
 * The header as it stands in the file (parallels.md section 1.1). 32-bit fields are unsigned; the
 * 64-bit ones are unsigned too, in a signed type.
 *
 * @param magic 16 characters
 * @param tracks cluster size in sectors
 * @param storedSectors the field nb_sectors, of which version 1 means the low half
 * @param dataOff sectors
 * @param extOff sectors
 */
record ParallelsHeader(
    String magic,
    long version,
    long heads,
    long cylinders,
    long tracks,
    long batEntries,
    long storedSectors,
    long inUse,
    long dataOff,
    long flags,
    long extOff) {

  static final int BYTES = 64;

  static final int IN_USE_AT = 44;
  static final int EXT_OFF_AT = 56;
  static final String MAGIC_2 = "WithouFreSpacExt";
  static final long VERSION = 2;
  static final long IN_USE = 0x746f_6e59L;
  static final long MAX_TRACKS = Integer.MAX_VALUE / 513;
  static final long MAX_BAT_ENTRIES = Integer.MAX_VALUE / 4;

  private static final String MAGIC_1 = "WithoutFreeSpace";
  private static final long MAX_EXT_OFF = Long.MAX_VALUE / 512;

  /** Takes the fields of the first 64 bytes of a file as they are. */
  static ParallelsHeader parse(byte[] bytes) {
    return new ParallelsHeader(
        new String(bytes, 0, 16, StandardCharsets.ISO_8859_1),
        Bytes.u32le(bytes, 16),
        Bytes.u32le(bytes, 20),
        Bytes.u32le(bytes, 24),
        Bytes.u32le(bytes, 28),
        Bytes.u32le(bytes, 32),
        Bytes.u64le(bytes, 36),
        Bytes.u32le(bytes, 44),
        Bytes.u32le(bytes, 48),
        Bytes.u32le(bytes, 52),
        Bytes.u64le(bytes, 56));
  }

  /** Whether magic and version are ones of this format. */
  boolean isKnown() {
    return version == VERSION && (magic.equals(MAGIC_1) || isExtended());
  }

  /** Whether this is version 2, by its magic. */
  boolean isExtended() {
    return magic.equals(MAGIC_2);
  }

  /** Disk size in sectors; of a valid header below 2^52. */
  long sectors() {
    return isExtended() ? storedSectors : storedSectors & 0xffff_ffffL;
  }

  long clusterBytes() {
    return tracks * 512;
  }

  /** Clusters of the disk, the last one perhaps in part. */
  long diskClusters() {
    return ceilDiv(sectors(), tracks);
  }

  /** Sectors that one step of a BAT entry stands for (parallels.md section 1.2). */
  long entryUnit() {
    return isExtended() ? tracks : 1;
  }

  boolean isInUse() {
    return inUse == IN_USE;
  }

  /**
   * First sector of the data area: the stored one if it is plausible (parallels.md section 1.3).
   */
  long dataStart(long fileSectors) {
    return isDataOffPlausible(fileSectors) ? dataOff : leastDataStart();
  }

  /** Whether data_off says where the data area begins; that of version 1 may be 0 instead. */
  boolean isDataOffPlausible(long fileSectors) {
    return leastDataStart() <= dataOff && dataOff <= fileSectors;
  }

  /** First sector behind the table where data may begin. */
  long leastDataStart() {
    long least = ceilDiv(BYTES + batEntries * BlockTable.ENTRY_BYTES, 512);
    return isExtended() ? ceilDiv(least, tracks) * tracks : least;
  }

  private static long ceilDiv(long value, long divisor) {
    return (value + divisor - 1) / divisor;
  }

  /**
   * Rows 2 to 7 of parallels.md section 2, for every purpose. Row 14, a disk too large, cannot
   * occur behind row 7.
   */
  void requireValid(ImageInput input) throws ImageException {
    if (!isKnown()) {
      throw new NotAnImageException(
          input.location(), magicKnown() ? 16 : 0, "Image not in Parallels format");
    }
    if (tracks == 0) {
      throw corrupt(input, 28, "Invalid image: Zero sectors per track");
    }
    if (tracks > MAX_TRACKS) {
      throw corrupt(input, 28, "Invalid image: Too big cluster");
    }
    if (batEntries > MAX_BAT_ENTRIES) {
      throw corrupt(input, 32, "Catalog too large");
    }
    if (Long.compareUnsigned(extOff, MAX_EXT_OFF) >= 0) {
      throw corrupt(input, 56, "Invalid image: Too big offset");
    }
    if (Long.compareUnsigned(batEntries * tracks, sectors()) < 0) {
      throw corrupt(input, 36, "Invalid image: Catalog size too small for advertised disk size");
    }
  }

  /** Row 11 of parallels.md section 2, of an image with an extension. */
  void requireExtensionInside(ImageInput input) throws ImageException {
    if (extOff > input.sectorLength() / 512 - tracks) {
      throw new TruncatedImageException(
          input.location(), 56, "Invalid image: Format Extension is outside the image file");
    }
  }

  private boolean magicKnown() {
    return magic.equals(MAGIC_1) || isExtended();
  }

  private static CorruptImageException corrupt(ImageInput input, long hostOffset, String text) {
    return new CorruptImageException(input.location(), hostOffset, text);
  }
}
