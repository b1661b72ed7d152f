package io.diskimage.spark.read;

import io.diskimage.format.ExtentKind;
import io.diskimage.spark.options.UnallocatedMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The rows of {@code blocks} sector by sector, straight from the words of the design. */
final class NaiveBlocks {
  private final ModelDisk disk;
  private final int blockSize;
  private final UnallocatedMode unallocated;

  /** One row; all null but the place where the entry cannot be followed. */
  record Row(
      long offset,
      int length,
      Boolean allocated,
      Integer dataHash,
      String kind,
      Long hostOffset,
      Long hostLength,
      Integer depth,
      Boolean partial) {

    List<Object> values() {
      return Arrays.asList(
          offset, length, allocated, dataHash, kind, hostOffset, hostLength, depth, partial);
    }
  }

  NaiveBlocks(ModelDisk disk, int blockSize, UnallocatedMode unallocated) {
    this.disk = disk;
    this.blockSize = blockSize == 0 ? Math.min(disk.cluster, 1 << 20) : blockSize;
    this.unallocated = unallocated;
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    if (blockSize <= disk.cluster) {
      for (long cluster = 0; cluster < disk.size; cluster += disk.cluster) {
        long clusterEnd = Math.min(disk.size, cluster + disk.cluster);
        for (long block = cluster; block < clusterEnd; block += blockSize) {
          rows.add(row(block, Math.min(clusterEnd, block + blockSize)));
        }
      }
    } else {
      long block = (long) blockSize / disk.cluster * disk.cluster;
      for (long start = 0; start < disk.size; start += block) {
        rows.add(row(start, Math.min(disk.size, start + block)));
      }
    }
    if (unallocated == UnallocatedMode.SKIP) {
      rows.removeIf(row -> Boolean.FALSE.equals(row.allocated));
    }
    return rows;
  }

  private Row row(long start, long end) {
    int length = (int) (end - start);
    ExtentKind kind = ExtentKind.BACKING;
    boolean backing = false;
    boolean contiguous = true;
    for (long sector = start; sector < end; sector += ModelDisk.SECTOR) {
      ModelDisk.Run run = disk.at(sector);
      if (run.kind() == null) {
        return new Row(start, length, null, null, null, null, null, null, null);
      }
      kind = run.kind().compareTo(kind) < 0 ? run.kind() : kind;
      backing |= run.kind() == ExtentKind.BACKING;
      contiguous &= sector == start || follows(sector);
    }
    boolean stored = kind == ExtentKind.DATA || kind == ExtentKind.COMPRESSED;
    boolean shown = stored || (unallocated == UnallocatedMode.ZEROS && !backing);
    byte[] data = shown ? new byte[length] : null;
    for (int i = 0; shown && i < length; i++) {
      data[i] = disk.guestByte(start + i);
    }
    ModelDisk.Run first = disk.at(start);
    boolean hosted = contiguous && first.host() >= 0;
    boolean compressed = first.kind() == ExtentKind.COMPRESSED;
    return new Row(
        start,
        length,
        stored,
        data == null ? null : (Integer) Arrays.hashCode(data),
        kind.label(),
        hosted ? (Long) host(start) : null,
        hosted ? (Long) (compressed ? (long) disk.cluster : length) : null,
        contiguous && first.kind() != ExtentKind.BACKING ? (Integer) 0 : null,
        stored && backing);
  }

  private long host(long offset) {
    ModelDisk.Run run = disk.at(offset);
    return run.kind() == ExtentKind.COMPRESSED ? run.host() : run.host() + offset - run.offset();
  }

  /** Whether a sector's bytes come right behind those of the sector before, or neither has any. */
  private boolean follows(long sector) {
    ModelDisk.Run before = disk.at(sector - 1);
    ModelDisk.Run run = disk.at(sector);
    boolean compressed = run.kind() == ExtentKind.COMPRESSED;
    if (compressed != (before.kind() == ExtentKind.COMPRESSED)) {
      return false;
    }
    if (compressed) {
      return before.host() == run.host();
    }
    if (before.host() < 0 || run.host() < 0) {
      return before.host() < 0
          && run.host() < 0
          && (before.kind() == ExtentKind.BACKING) == (run.kind() == ExtentKind.BACKING);
    }
    return host(sector) == host(sector - 1) + 1;
  }
}
