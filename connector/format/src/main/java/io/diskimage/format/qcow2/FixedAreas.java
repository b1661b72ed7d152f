package io.diskimage.format.qcow2;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Where metadata lie whose place does not change while the image is open. */
final class FixedAreas {
  /** Of each kind, the ends of ranges by their starts; none touches another one. */
  private final Map<MetadataArea, TreeMap<Long, Long>> areas = new EnumMap<>(MetadataArea.class);

  /** Those of an image that is opened. */
  static FixedAreas of(Qcow2Contents contents) {
    Qcow2Header header = contents.header();
    FixedAreas fixed = new FixedAreas();
    fixed.add(MetadataArea.HEADER, 0, header.clusterSize());
    if (header.snapshotCount() > 0) {
      long from = header.snapshotsOffset();
      fixed.add(MetadataArea.SNAPSHOT_TABLE, from, contents.snapshots().end() - from);
    }
    for (SnapshotTable.Entry snapshot : contents.snapshots().entries()) {
      long length = snapshot.l1Size() * L1Table.ENTRY_BYTES;
      fixed.add(MetadataArea.INACTIVE_L1, snapshot.l1Offset(), length);
    }
    HeaderExtensions extensions = contents.extensions();
    if (extensions.bitmapCount() > 0) {
      fixed.add(
          MetadataArea.BITMAP_DIRECTORY,
          extensions.bitmapDirectoryOffset(),
          extensions.bitmapDirectorySize());
    }
    return fixed;
  }

  /**
   * Adds a range.
   *
   * @param hostOffset of any value: a range that ends where no file does is left out
   */
  void add(MetadataArea area, long hostOffset, long length) {
    long from = hostOffset;
    long to = hostOffset + length;
    if (from < 0 || to <= from) {
      return;
    }
    TreeMap<Long, Long> ranges = areas.computeIfAbsent(area, none -> new TreeMap<>());
    Map.Entry<Long, Long> before = ranges.floorEntry(to);
    while (before != null && before.getValue() >= from) {
      ranges.remove(before.getKey());
      from = Math.min(from, before.getKey());
      to = Math.max(to, before.getValue());
      before = ranges.floorEntry(to);
    }
    ranges.put(from, to);
  }

  /** Whether metadata of a kind lie in a range that is not empty. */
  boolean meet(MetadataArea area, long from, long to) {
    TreeMap<Long, Long> ranges = areas.get(area);
    Map.Entry<Long, Long> before = ranges == null ? null : ranges.lowerEntry(to);
    return before != null && before.getValue() > from;
  }
}
