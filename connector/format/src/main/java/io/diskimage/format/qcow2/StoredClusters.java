package io.diskimage.format.qcow2;

import io.diskimage.format.AllocationSummary;
import io.diskimage.format.IoCounters;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts how much of a disk is stored where. A table that many L1 entries name is walked once and
 * counted for each of them: an image of a few hundred KiB can name one so often that walking it
 * each time would take hours (design: aliasing bombs). In a data file, where an entry is right in
 * one place only, such a table counts as if it were right everywhere.
 */
final class StoredClusters {
  private static final int MAX_KEPT = 16_384;

  private final Mapping mapping;
  private final long virtualSize;
  private final IoCounters io;
  private final L1Table l1;
  private final AllocationSummary.Builder counted;

  /** What the tables last walked store, by their host offsets. */
  private final Map<Long, AllocationSummary> tables =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, AllocationSummary> eldest) {
          return size() > MAX_KEPT;
        }
      };

  private StoredClusters(Mapping mapping, long virtualSize, IoCounters io) {
    this.mapping = mapping;
    this.virtualSize = virtualSize;
    this.io = io;
    this.l1 = new L1Table(mapping.l1(), io);
    this.counted = new AllocationSummary.Builder(virtualSize, mapping.clusterSize());
  }

  /** Counts a disk of some bytes. */
  static AllocationSummary count(Mapping mapping, long virtualSize, IoCounters io) {
    StoredClusters stored = new StoredClusters(mapping, virtualSize, io);
    stored.walk();
    return stored.counted.build();
  }

  private void walk() {
    long coverage = mapping.l2Coverage();
    long index = 0;
    while (index < l1.entries() && index * coverage < virtualSize) {
      try {
        long l2Offset = l1.l2Offset(index);
        if (l2Offset != 0) {
          add(index * coverage, l2Offset);
        }
        index++;
      } catch (IOException unreadable) {
        counted.fail(unreadable);
        index = l1.pageEnd(index);
      }
    }
  }

  private void add(long from, long l2Offset) {
    boolean whole = virtualSize - from >= mapping.l2Coverage();
    AllocationSummary table = whole ? tables.get(l2Offset) : null;
    if (table == null) {
      table = walkTable(from);
      if (whole) {
        tables.put(l2Offset, table);
      }
    }
    counted.add(from, table);
  }

  /** What the table stores that maps the bytes from an offset on, up to the end of the disk. */
  private AllocationSummary walkTable(long from) {
    long length = Math.min(mapping.l2Coverage(), virtualSize - from);
    AllocationSummary.Builder table =
        new AllocationSummary.Builder(length, Math.min(mapping.l2Coverage(), counted.regionSize()));
    Qcow2Cursor runs = new Qcow2Cursor(mapping, from, from + length, io);
    while (runs.next()) {
      if (runs.failure() != null) {
        table.fail(runs.failure());
      } else if (runs.kind().stored()) {
        table.add(runs.offset() - from, runs.length());
      }
    }
    return table.build();
  }
}
