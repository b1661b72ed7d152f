package io.diskimage.format.parallels;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.BitmapCursor;
import io.diskimage.format.table.BitmapShape;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.table.TableSource;
import java.util.UUID;

/**
 * The fixed part of a dirty bitmap section as it stands in the file (parallels.md section 1.4).
 *
 * @param sectors size of the disk it covers, unsigned
 * @param id its name
 * @param granularity sectors per bit
 * @param tableEntries entries of the L1 table behind this part
 */
record DirtyBitmap(long sectors, UUID id, long granularity, long tableEntries) {
  static final int BYTES = 32;

  /** Of an entry of the L1 table. */
  static final int ENTRY_BYTES = 8;

  /** The entry of a part without bits that are set. */
  static final long ALL_CLEAN = 0;

  /** The entry of a part whose bits are all set. */
  static final long ALL_DIRTY = 1;

  private static final long MAX_SECTOR = Long.MAX_VALUE / 512;

  static DirtyBitmap parse(byte[] bytes) {
    return new DirtyBitmap(
        Bytes.u64le(bytes, 0),
        new UUID(Bytes.u64be(bytes, 8), Bytes.u64be(bytes, 16)),
        Bytes.u32le(bytes, 24),
        Bytes.u32le(bytes, 28));
  }

  /** The format has no flags for whether it records, or is stale. */
  BitmapInfo info() {
    return new BitmapInfo(id.toString(), granularityBytes(), null, null);
  }

  long granularityBytes() {
    return granularity * 512;
  }

  /**
   * The L1 table.
   *
   * @param hostOffset of this part
   */
  EntryTable table(TableSource source, long hostOffset) {
    return new EntryTable(source, hostOffset + BYTES, tableEntries, ENTRY_BYTES);
  }

  /**
   * The runs of the bits.
   *
   * @param hostOffset of this part
   */
  DirtyRanges ranges(
      ImageInput input,
      ParallelsHeader header,
      TableSource tables,
      long hostOffset,
      long from,
      long to,
      IoCounters io) {
    BitmapShape shape =
        new BitmapShape(
            input.location(),
            input.sectorLength(),
            id.toString(),
            table(tables, hostOffset),
            header.clusterBytes(),
            granularityBytes(),
            sectors * 512);
    return new BitmapCursor(shape, from, to, io) {
      @Override
      protected long resolve(byte[] entries, int at, long entryAt) throws CorruptImageException {
        long sector = Bytes.u64le(entries, at);
        if (sector == DirtyBitmap.ALL_CLEAN) {
          return ALL_CLEAN;
        }
        if (sector == DirtyBitmap.ALL_DIRTY) {
          return ALL_DIRTY;
        }
        if (Long.compareUnsigned(sector, MAX_SECTOR) > 0) {
          throw new CorruptImageException(
              input.location(),
              entryAt,
              String.format("L1 entry 0x%x of bitmap '%s' is out of range", sector, id));
        }
        return sector * 512;
      }
    };
  }

  /** A power of two that fits 32 bits in bytes. */
  boolean hasValidGranularity() {
    return Long.bitCount(granularity) == 1 && granularityBytes() <= 0xffff_ffffL;
  }

  /** Entries that the serialised bits need; with that many none covers more than the disk has. */
  long expectedTableEntries(long clusterBytes) {
    return ceilDiv(storedBytes(), clusterBytes);
  }

  /** Length of all bits, which are stored in words of 8 bytes. */
  long storedBytes() {
    return ceilDiv(ceilDiv(sectors, granularity), 64) * 8;
  }

  private static long ceilDiv(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }
}
