package io.diskimage.format.qcow2;

import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Ranges that read as zero without being stored, and clusters that are given up (qcow2.md sections
 * 5.7 and 5.8).
 */
final class ClusterZeroes {
  private static final int PORTION = 1 << 20;

  private final Qcow2Header header;
  private final ActiveMapping mapping;
  private final MetadataOrder order;
  private final ClusterWrites writes;
  private final HostWrites stored;
  private final GuestContent content;
  private final LongSupplier virtualSize;
  private final boolean backed;

  ClusterZeroes(
      Qcow2Header header,
      ActiveMapping mapping,
      MetadataOrder order,
      ClusterWrites writes,
      HostWrites stored,
      GuestContent content,
      LongSupplier virtualSize,
      boolean backed) {
    this.header = header;
    this.mapping = mapping;
    this.order = order;
    this.writes = writes;
    this.stored = stored;
    this.content = content;
    this.virtualSize = virtualSize;
    this.backed = backed;
  }

  /** What becomes of some units of a cluster. */
  @FunctionalInterface
  private interface Change {
    /** The cluster afterwards; the same if nothing changes. Never asked about no units. */
    ClusterState of(ClusterState before, int units);
  }

  /** Makes a range read as zero; whole units by their entries, parts of units by data. */
  void zero(long guestOffset, long length, boolean unmap) throws IOException {
    long end = guestOffset + length;
    long unit = mapping.layout().unitSize();
    long wholeFrom = up(guestOffset, unit);
    long wholeTo = end == virtualSize.getAsLong() ? end : end & -unit;
    if (!hasZeroUnits() || wholeFrom >= wholeTo) {
      writeZeros(guestOffset, end);
      return;
    }
    writeZeros(guestOffset, wholeFrom);
    clearDataFile(wholeFrom, wholeTo);
    change(wholeFrom, wholeTo, (before, units) -> zeroed(before, units, unmap));
    writeZeros(wholeTo, end);
  }

  /** Gives up the whole clusters of a range, the last one of the disk maybe cut by its end. */
  void discard(long guestOffset, long length) throws IOException {
    long end = guestOffset + length;
    long from = up(guestOffset, header.clusterSize());
    long to = end == virtualSize.getAsLong() ? end : end & -header.clusterSize();
    if (hasZeroUnits() && from < to) {
      clearDataFile(from, to);
      change(from, to, (before, units) -> discarded(before));
    }
  }

  /**
   * Whether there is an entry that hides what a layer below has; version 2 has none, but needs none
   * where there is no layer below.
   */
  private boolean hasZeroUnits() {
    return header.version() >= 3 || !backed;
  }

  private static long up(long offset, long unit) {
    return (offset + unit - 1) & -unit;
  }

  private ClusterState zeroed(ClusterState before, int units, boolean unmap) {
    boolean whole = units == mapping.layout().allUnits();
    if (header.version() == 2) {
      return ClusterState.UNALLOCATED;
    }
    if (!before.placed() && !before.isCompressed() && !backed) {
      return before;
    }
    if (whole && (unmap || before.isCompressed())) {
      return ClusterState.ofZeros(units);
    }
    return before.withZeros(units);
  }

  private ClusterState discarded(ClusterState before) {
    if (header.version() == 2) {
      return ClusterState.UNALLOCATED;
    }
    boolean allocated = before.placed() || before.isCompressed();
    return allocated || backed ? ClusterState.ofZeros(mapping.layout().allUnits()) : before;
  }

  private void change(long from, long to, Change change) throws IOException {
    long size = header.clusterSize();
    long at = from;
    while (at < to) {
      order.relieve();
      long end = Math.min(to, (at & -size) + size);
      if (!mapping.hasTable(at) && leavesAbsent(change)) {
        end = mapping.tableEnd(at);
      } else {
        changeCluster(at, end, change);
      }
      at = end;
    }
  }

  private boolean leavesAbsent(Change change) {
    ClusterState absent = ClusterState.UNALLOCATED;
    return change.of(absent, mapping.layout().allUnits()).equals(absent);
  }

  private void changeCluster(long from, long to, Change change) throws IOException {
    ClusterState before = mapping.state(from);
    int units = units(from, to);
    if (before.isCompressed() && units != mapping.layout().allUnits()) {
      writeZeros(from, to);
      return;
    }
    ClusterState after = change.of(before, units);
    if (after.equals(before)) {
      return;
    }
    mapping.prepare(from);
    mapping.set(from, after);
    if (before.isCompressed() || before.host() != after.host()) {
      mapping.freeLater(before);
    }
  }

  /** The units of a range within a cluster; the end of the disk ends a unit. */
  private int units(long from, long to) {
    long start = from & -header.clusterSize();
    int unit = mapping.layout().unitSize();
    if (to == virtualSize.getAsLong()) {
      return EntryLayout.mask((int) ((from - start) / unit), mapping.layout().units());
    }
    return EntryLayout.mask((int) ((from - start) / unit), (int) ((to - start) / unit));
  }

  /** A raw data file is read without the tables, too. */
  private void clearDataFile(long from, long to) throws IOException {
    boolean raw = (header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_RAW_DATA_FILE) != 0;
    if (raw && !stored.isBySector()) {
      stored.zero(from, to - from);
    }
  }

  private void writeZeros(long from, long to) throws IOException {
    byte[] zeros = new byte[(int) Math.min(PORTION, to - from)];
    long at = from;
    while (at < to) {
      int part = (int) Math.min(zeros.length, to - at);
      if (!content.isZero(at, part)) {
        writes.write(at, zeros, 0, part);
      }
      at += part;
    }
  }
}
