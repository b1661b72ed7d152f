package io.diskimage.format.vhd;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import java.io.IOException;
import java.util.Locale;

/**
 * What an image says of itself, validated.
 *
 * @param footer from the start of the file, or from its end for a fixed disk
 * @param dynamic null if the footer was found at the end
 * @param sectors disk size by the size rule that was asked for
 */
record VhdHeader(VhdFooter footer, DynamicHeader dynamic, long sectors) {
  static final long MAX_SECTORS = 0xff00_0000L;
  static final long MAX_TABLE_ENTRIES = Integer.MAX_VALUE / 4;

  /** Rows 2 to 13 of vhd.md section 2, for every purpose. */
  static VhdHeader read(ImageInput input, SizeRule rule, IoCounters io) throws IOException {
    byte[] bytes = new byte[VhdFooter.BYTES];
    io.metadataRead(input.readPadded(0, bytes, 0, bytes.length));
    VhdFooter footer = VhdFooter.parse(bytes);
    boolean atStart = footer.hasCookie();
    long footerAt = 0;
    if (!atStart) {
      footerAt = input.sectorLength() - VhdFooter.BYTES;
      footer = readFooterAtEnd(input, footerAt, bytes, io);
    }
    if (!footer.hasValidChecksum()) {
      throw new CorruptImageException(
          input.location(), footerAt + VhdFooter.CHECKSUM_AT, "Incorrect header checksum");
    }
    long sectors = rule.sectors(footer);
    if (sectors > MAX_SECTORS) {
      throw new CorruptImageException(
          input.location(), footerAt + (rule == SizeRule.ORIGINAL ? 40 : 48), "File too large");
    }
    DynamicHeader dynamic = atStart ? readDynamicHeader(input, footer, sectors, io) : null;
    return new VhdHeader(footer, dynamic, sectors);
  }

  private static VhdFooter readFooterAtEnd(
      ImageInput input, long footerAt, byte[] bytes, IoCounters io) throws IOException {
    if (footerAt < 0) {
      throw new NotAnImageException(input.location(), 0, "File too small for a VHD header");
    }
    io.metadataRead(input.readPadded(footerAt, bytes, 0, bytes.length));
    VhdFooter footer = VhdFooter.parse(bytes);
    if (!footer.hasCookie()) {
      throw new NotAnImageException(input.location(), footerAt, "invalid VPC image");
    }
    if (!footer.isFixed()) {
      // The rest of a dynamic disk whose start was overwritten: its own tools can repair it.
      throw new CorruptImageException(
          input.location(), footerAt + VhdFooter.TYPE_AT, "invalid VPC image");
    }
    return footer;
  }

  /** Row 11, "Too many blocks", cannot occur: row 7 bounds the size and row 10 the block. */
  private static DynamicHeader readDynamicHeader(
      ImageInput input, VhdFooter footer, long sectors, IoCounters io) throws IOException {
    long at = footer.dataOffset();
    if (at < 0 || at > Long.MAX_VALUE - DynamicHeader.BYTES) {
      throw new CorruptImageException(input.location(), 16, "Error reading dynamic VHD header");
    }
    byte[] bytes = new byte[DynamicHeader.BYTES];
    io.metadataRead(input.readPadded(at, bytes, 0, bytes.length));
    DynamicHeader header = DynamicHeader.parse(bytes, footer);
    if (!header.hasCookie()) {
      throw new CorruptImageException(input.location(), at, "Invalid header magic");
    }
    if (!header.hasBlockSize()) {
      throw corrupt(
          input, at + DynamicHeader.BLOCK_SIZE_AT, "Invalid block size %d", header.blockSize());
    }
    if (header.maxTableEntries() * header.blockSize() < sectors * 512) {
      throw corrupt(input, at + 28, "Page table too small");
    }
    if (header.maxTableEntries() > MAX_TABLE_ENTRIES) {
      throw corrupt(
          input, at + 28, "Max Table Entries too large (%d)", (int) header.maxTableEntries());
    }
    if (header.tableOffset() < 0) {
      throw corrupt(input, at + 16, "Error reading pagetable");
    }
    return header;
  }

  private static CorruptImageException corrupt(
      ImageInput input, long hostOffset, String text, Object... values) {
    return new CorruptImageException(
        input.location(), hostOffset, String.format(Locale.ROOT, text, values));
  }

  /**
   * Whether guest offsets are host offsets: also of an image that begins with a footer, if that
   * says fixed (vhd.md section 3).
   */
  boolean isStraight() {
    return footer.isFixed();
  }

  /** Disk size in bytes. */
  long diskSize() {
    return sectors * 512;
  }
}
