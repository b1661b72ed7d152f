package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The header of dynamic and differencing disks as it stands in the file (vhd.md section 1.2).
 * 32-bit fields are unsigned; 64-bit ones are unsigned too, in a signed type.
 */
record DynamicHeader(
    boolean hasCookie,
    long dataOffset,
    long tableOffset,
    long headerVersion,
    long maxTableEntries,
    long blockSize,
    long checksum,
    UUID parentUniqueId,
    long parentTimestamp,
    String parentName,
    List<ParentLocator> parentLocators) {

  static final int BYTES = 1024;
  static final int TABLE_OFFSET_AT = 16;
  static final int MAX_TABLE_ENTRIES_AT = 28;
  static final int BLOCK_SIZE_AT = 32;
  static final int CHECKSUM_AT = 36;
  static final int PARENT_ID_AT = 40;
  static final int PARENT_TIMESTAMP_AT = 56;
  static final int NAME_AT = 64;
  static final int NAME_BYTES = 512;
  static final int LOCATORS_AT = 576;
  static final long COOKIE = 0x6378737061727365L; // "cxsparse"

  private static final int LOCATORS = 8;
  private static final char BYTE_ORDER_MARK = '\ufeff';

  /**
   * Where a parent's path is written (vhd.md section 1.6).
   *
   * @param slot 0 to 7
   * @param platformCode four characters, 0 for an unused slot
   */
  record ParentLocator(
      int slot, int platformCode, long dataSpace, long dataLength, long reserved, long offset) {

    static final int BYTES = 24;

    /** Longest text that is read (vhd.md section 9.1). */
    static final long MAX_LENGTH = 64 << 10;

    private static final int SECTOR = 512;
    static final int W2RU = 0x57327275;
    static final int W2KU = 0x57326b75;
    private static final int WI2R = 0x57693272;
    private static final int WI2K = 0x5769326b;
    private static final int MAC_X = 0x4d616358;

    private static ParentLocator parse(byte[] bytes, int slot) {
      int at = LOCATORS_AT + slot * BYTES;
      return new ParentLocator(
          slot,
          (int) Bytes.u32be(bytes, at),
          Bytes.u32be(bytes, at + 4),
          Bytes.u32be(bytes, at + 8),
          Bytes.u32be(bytes, at + 12),
          Bytes.u64be(bytes, at + 16));
    }

    /** Whether it holds a path in UTF-16 (vhd.md section 1.6). */
    boolean isUtf16() {
      return platformCode == W2RU || platformCode == W2KU;
    }

    /** Whether it holds a path in some single-byte code: the deprecated ones. */
    boolean isSingleByte() {
      return platformCode == WI2R || platformCode == WI2K;
    }

    /** Whether it holds a file URL (vhd.md section 1.6). */
    boolean isUrl() {
      return platformCode == MAC_X;
    }

    /** The space in bytes: small numbers count sectors (vhd.md section 9.1). */
    long spaceBytes() {
      return dataSpace < SECTOR ? dataSpace * SECTOR : dataSpace;
    }

    /** Whether so many bytes at the locator's offset lie in a file. */
    boolean isWithin(long fileLength, long bytes) {
      return offset >= 0 && offset <= fileLength - bytes;
    }

    private boolean isUsed() {
      return (platformCode | dataSpace | dataLength | reserved | offset) != 0;
    }
  }

  /**
   * Takes the fields of 1024 bytes as they are.
   *
   * @param footer tells who wrote them
   */
  static DynamicHeader parse(byte[] bytes, VhdFooter footer) {
    List<ParentLocator> locators = new ArrayList<>();
    for (int slot = 0; slot < LOCATORS; slot++) {
      ParentLocator locator = ParentLocator.parse(bytes, slot);
      if (locator.isUsed()) {
        locators.add(locator);
      }
    }
    return new DynamicHeader(
        Bytes.u64be(bytes, 0) == COOKIE,
        Bytes.u64be(bytes, 8),
        Bytes.u64be(bytes, 16),
        Bytes.u32be(bytes, 24),
        Bytes.u32be(bytes, 28),
        Bytes.u32be(bytes, BLOCK_SIZE_AT),
        Bytes.u32be(bytes, 36),
        new UUID(Bytes.u64be(bytes, 40), Bytes.u64be(bytes, 48)),
        Bytes.u32be(bytes, 56),
        name(bytes, footer),
        List.copyOf(locators));
  }

  /** Whether blocks of the size can be told apart: row 10 of vhd.md section 2. */
  boolean hasBlockSize() {
    return Long.bitCount(blockSize) == 1 && blockSize >= 512;
  }

  /** Length of a block's bitmap in the file (vhd.md section 1.4). */
  long bitmapBytes() {
    return (blockSize / 4096 + 511) / 512 * 512;
  }

  /** Blocks of a disk; the last one may reach behind its end. */
  long blocks(long sectors) {
    long perBlock = blockSize / 512;
    return sectors / perBlock + (sectors % perBlock == 0 ? 0 : 1);
  }

  /** Length of the block table without padding. */
  long tableBytes() {
    return maxTableEntries * BlockTable.ENTRY_BYTES;
  }

  /** Big-endian but for the first tools of XenServer, which wrote as their PCs do. */
  private static String name(byte[] bytes, VhdFooter footer) {
    boolean byFirstXen = footer.isByFirstXen();
    boolean bigEndian = !byFirstXen || Bytes.u16be(bytes, NAME_AT) == BYTE_ORDER_MARK;
    String field =
        new String(
            bytes,
            NAME_AT,
            NAME_BYTES,
            bigEndian ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE);
    int start = byFirstXen && field.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
    int end = field.indexOf('\0');
    return end < 0 ? field.substring(start) : field.substring(Math.min(start, end), end);
  }
}
