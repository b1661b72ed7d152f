package io.diskimage.format.qcow2;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The snapshot table as a check reads it: what would be refused elsewhere is found here (qcow2.md
 * sections 1.7 and 7.1).
 */
final class SnapshotAreas {
  private static final int FIXED_BYTES = 40;
  private static final long MAX_SNAPSHOTS = 65536;
  private static final int MAX_EXTRA = 1024;
  private static final int MIN_EXTRA_V3 = 16;
  private static final long MAX_TABLE_BYTES = 64L << 20;

  /** Bytes of an id or name in a message. */
  private static final int MAX_SHOWN = 255;

  private static final int COUNT_AT = 60;
  private static final int OFFSET_AT = 64;

  private final CheckRun run;
  private final CheckedImage image;
  private final ByteWindow bytes;
  private final List<L1> tables = new ArrayList<>();
  private long tableBytes;
  private boolean followed = true;
  private boolean complete;

  /**
   * An L1 table of a snapshot that can be followed.
   *
   * @param offset cluster aligned, of any other value
   * @param entries within the limit
   * @param namedAt host offset of the snapshot's table entry
   */
  record L1(long offset, long entries, long namedAt) implements TableAreas.Area {}

  SnapshotAreas(CheckedImage image) {
    this.run = image.run();
    this.image = image;
    this.bytes = new ByteWindow(image.input(), run.io());
  }

  /** L1 tables of all snapshots that have one. */
  List<L1> tables() {
    return tables;
  }

  /** Whether all snapshots are known. */
  boolean complete() {
    return complete;
  }

  /** Counts the snapshot table and the L1 tables. */
  void count(CountingPass pass) {
    for (L1 l1 : tables) {
      pass.region(
          l1.offset(), l1.entries() * L1Table.ENTRY_BYTES, "L1 table", l1.namedAt(), FIXED_BYTES);
    }
    long offset = image.header().snapshotsOffset();
    pass.region(offset, tableBytes, "snapshot table", OFFSET_AT, Long.BYTES);
  }

  void read() throws IOException {
    Qcow2Header header = image.header();
    long count = header.snapshotCount();
    if (count > MAX_SNAPSHOTS) {
      fail(COUNT_AT, Integer.BYTES, "ERROR snapshot table too large");
      return;
    }
    if (!HeaderChecks.validTable(
        header.snapshotsOffset(), count * FIXED_BYTES, header.clusterSize())) {
      fail(OFFSET_AT, Long.BYTES, "ERROR snapshot table offset invalid");
      return;
    }
    long at = header.snapshotsOffset();
    for (int i = 0; i < count; i++) {
      at = (at + 7) & -8L;
      if (!HeaderChecks.addressable(at, FIXED_BYTES)) {
        fail(
            OFFSET_AT,
            Long.BYTES,
            "ERROR failed to read the snapshot table: Failed to read snapshot table");
        return;
      }
      bytes.hold(at, FIXED_BYTES);
      long extra = bytes.u32(at + 36);
      if (extra > MAX_EXTRA) {
        tooMuchExtra(at, i, extra);
        return;
      }
      long length = FIXED_BYTES + extra + bytes.u16(at + 12) + bytes.u16(at + 14);
      if (at + length - header.snapshotsOffset() > MAX_TABLE_BYTES) {
        fail(at, length, "ERROR failed to read the snapshot table: Snapshot table is too big");
        return;
      }
      entry(at, i, (int) extra);
      at += length;
    }
    tableBytes = at - header.snapshotsOffset();
    complete = followed;
    if (header.dataFile() && count > 0) {
      run.find(
          Finding.of(FindingKind.QCOW2_SNAPSHOTS_WITH_DATA_FILE)
              .host(COUNT_AT, Integer.BYTES)
              .values(0, count)
              .says("ERROR %d snapshots in image with data file", count));
    }
  }

  private void fail(long at, long length, String message) {
    run.find(Finding.of(FindingKind.QCOW2_SNAPSHOT_TABLE).host(at, length).says(message));
    tables.clear();
  }

  private void tooMuchExtra(long at, int index, long extra) {
    run.find(
        Finding.of(FindingKind.QCOW2_SNAPSHOT_EXTRA_DATA)
            .host(at + 36, Integer.BYTES)
            .values("at most " + MAX_EXTRA, extra)
            .says(
                "ERROR failed to read the snapshot table: Too much extra metadata in snapshot table"
                    + " entry %d",
                index));
    tables.clear();
  }

  private void entry(long at, int index, int extra) throws IOException {
    if (image.header().version() >= 3 && extra < MIN_EXTRA_V3) {
      run.find(
          Finding.of(FindingKind.QCOW2_SNAPSHOT_INCOMPLETE)
              .host(at, FIXED_BYTES)
              .values("at least " + MIN_EXTRA_V3, extra)
              .says("ERROR snapshot table entry %d is incomplete", index));
    }
    long offset = bytes.u64(at);
    long entries = bytes.u32(at + 8);
    if (offset % image.clusterSize() != 0) {
      run.find(
          Finding.of(FindingKind.QCOW2_SNAPSHOT_L1_UNALIGNED)
              .host(at, Long.BYTES)
              .values(null, hex(offset))
              .says(
                  "ERROR snapshot %s l1_offset=0x%x: L1 table is not cluster aligned; snapshot"
                      + " table entry corrupted",
                  named(at, extra), offset));
    } else if (entries > HeaderChecks.MAX_L1_BYTES / L1Table.ENTRY_BYTES) {
      run.find(
          Finding.of(FindingKind.QCOW2_SNAPSHOT_L1_TOO_LARGE)
              .host(at + 8, Integer.BYTES)
              .values(null, entries)
              .says(
                  "ERROR snapshot %s l1_size=0x%x: L1 table is too large; snapshot table entry"
                      + " corrupted",
                  named(at, extra), entries));
    } else {
      tables.add(new L1(offset, entries, at));
      if (entries > 0 && !HeaderChecks.addressable(offset, entries * L1Table.ENTRY_BYTES)) {
        followed = false;
        run.find(
            Finding.of(FindingKind.QCOW2_SNAPSHOT_TABLE)
                .host(at, Long.BYTES)
                .values(null, hex(offset))
                .says("ERROR: I/O error in check_refcounts_l1"));
      }
    }
  }

  /** Id and name, as QEMU's messages have them. */
  private String named(long at, int extra) throws IOException {
    int id = bytes.u16(at + 12);
    int name = bytes.u16(at + 14);
    return text(at + FIXED_BYTES + extra, id)
        + " ("
        + text(at + FIXED_BYTES + extra + id, name)
        + ")";
  }

  private String text(long at, int length) throws IOException {
    int shown = Math.min(length, MAX_SHOWN);
    return shown == 0 ? "" : new String(bytes.bytes(at, shown), StandardCharsets.UTF_8);
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
