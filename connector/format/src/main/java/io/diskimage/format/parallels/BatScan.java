package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryPages;
import io.diskimage.format.check.EntryRuns;
import java.io.IOException;

/**
 * What the table and the extension say, summed up in one pass over them, or in several where the
 * clusters of the file do not fit the memory budget at once.
 */
final class BatScan {
  private final CheckRun run;
  private final ParallelsHeader header;
  private final DataArea area;
  private final ExtensionUse extension;
  private final EntryPages bat;
  private final ClusterGrid grid;
  private final long diskClusters;

  private final EntryRuns inMetadata;
  private final EntryRuns outside;
  private final EntryRuns duplicates;
  private final EntryRuns unaligned;
  private final EntryRuns behindDisk;
  private final EntryRuns unused;
  private final EntryRuns bitmapsOutside;
  private final EntryRuns shared;
  private long allocated;
  private long fragmented;
  private long predecessor;
  private long usedEnd;
  private long highest = -1;
  private long hiddenBytes;
  private boolean first = true;
  private boolean complete;
  private ClusterUse window;

  BatScan(CheckRun run, ParallelsHeader header, DataArea area, ExtensionUse extension) {
    this.run = run;
    this.header = header;
    this.area = area;
    this.extension = extension;
    // Behind the end of the file entries read as 0: not allocated.
    long stored = Math.max(0, area.fileEnd() - ParallelsHeader.BYTES) / BlockTable.ENTRY_BYTES;
    this.bat =
        new EntryPages(
            run,
            ParallelsHeader.BYTES,
            Math.min(header.batEntries(), stored),
            BlockTable.ENTRY_BYTES);
    this.grid =
        new ClusterGrid(
            area, header.isExtended() || header.isDataOffPlausible(area.fileEnd() / 512));
    this.diskClusters = header.diskClusters();
    this.usedEnd = area.start();
    this.inMetadata = new EntryRuns(run);
    this.outside = new EntryRuns(run);
    this.duplicates = new EntryRuns(run);
    this.unaligned = new EntryRuns(run);
    this.behindDisk = new EntryRuns(run);
    this.unused = new EntryRuns(run);
    this.bitmapsOutside = new EntryRuns(run);
    this.shared = new EntryRuns(run);
  }

  void scan() throws IOException {
    long from = 0;
    do {
      long to = Math.min(grid.most(), from + ClusterUse.window(run.memoryBudget()));
      window = new ClusterUse(area, grid, from, to);
      bat.read(this::take);
      extension.clusters(this::takeOfExtension);
      if (extension.isKnown()) {
        window.unused(highest, (cluster, length) -> unused.add(cluster, length, 0));
      }
      first = false;
      from = to;
    } while (from <= Math.min(highest, grid.most() - 1));
    window = null;
    complete = true;
  }

  private void take(long index, byte[] page, int count) {
    for (int i = 0; i < count; i++) {
      long entry = Bytes.u32le(page, i * BlockTable.ENTRY_BYTES);
      if (entry == 0) {
        predecessor = 0;
        continue;
      }
      // Below 2^63: 32 bits of at most 4186127 sectors.
      long offset = entry * header.entryUnit() * 512;
      if (first) {
        tally(index + i, offset, entry);
      }
      use(index + i, offset, entry);
    }
  }

  private void tally(long index, long offset, long entry) {
    if (offset < area.start()) {
      inMetadata.add(index, 1, entry);
    } else if (area.endsBehind(offset)) {
      outside.add(index, 1, entry);
    }
    if (area.beginsIn(offset)) {
      grid.settle(offset);
      reach(offset);
      if (!area.endsBehind(offset) && !grid.isAligned(offset)) {
        unaligned.add(index, 1, entry);
      }
    }
    if (index >= diskClusters) {
      behindDisk.add(index, 1, entry);
    }
    count(offset);
  }

  /** The statistics of parallels.md section 7.1; a leak at the end does not change them. */
  private void count(long offset) {
    if (offset > area.coveredEnd() - area.clusterBytes()) {
      predecessor = 0;
      return;
    }
    allocated++;
    if (predecessor != 0 && predecessor + area.clusterBytes() != offset) {
      fragmented++;
    }
    predecessor = offset;
  }

  private void reach(long offset) {
    usedEnd = Math.max(usedEnd, offset + area.clusterBytes());
    highest = Math.max(highest, grid.cluster(offset + area.clusterBytes() - 1));
  }

  private void use(long index, long offset, long entry) {
    if (window.isTakenByEntry(offset)) {
      duplicates.add(index, 1, entry);
    } else if (index >= diskClusters && window.covers(offset)) {
      hiddenBytes += Math.min(area.clusterBytes(), run.input().length() - offset);
    }
  }

  private void takeOfExtension(long namedAt, long sector) {
    long name = namedAt / Long.BYTES;
    if (area.fileEnd() < area.clusterBytes()
        || Long.compareUnsigned(sector, (area.fileEnd() - area.clusterBytes()) / 512) > 0) {
      // An extension behind the end of the file is damaged, as opening it told.
      if (first && extension.isKnown()) {
        bitmapsOutside.add(name, 1, sector);
      }
      return;
    }
    long offset = sector * 512;
    if (first && offset >= area.start()) {
      reach(offset);
    } else if (first) {
      usedEnd = Math.max(usedEnd, offset + area.clusterBytes());
    }
    if (offset < area.start() ? first : window.isTakenByOther(offset)) {
      shared.add(name, 1, sector);
    }
  }

  /** Host offset of an entry. */
  long place(long index) {
    return bat.place(index);
  }

  /** Host offset of a cluster of {@link #unused}. */
  long clusterPlace(long cluster) {
    return grid.place(cluster);
  }

  /** Whether all was read. */
  boolean isComplete() {
    return complete;
  }

  long allocated() {
    return allocated;
  }

  long fragmented() {
    return fragmented;
  }

  /**
   * End of the last cluster in use, by entries or by the extension, of which the file has a part.
   */
  long usedEnd() {
    return usedEnd;
  }

  /** Bytes of the file that only entries behind the disk use. */
  long hiddenBytes() {
    return hiddenBytes;
  }

  /** Entries below the data start. */
  EntryRuns inMetadata() {
    return inMetadata;
  }

  /** Entries whose cluster ends behind the end of the file. */
  EntryRuns outside() {
    return outside;
  }

  EntryRuns duplicates() {
    return duplicates;
  }

  EntryRuns unaligned() {
    return unaligned;
  }

  EntryRuns behindDisk() {
    return behindDisk;
  }

  /** Numbers of clusters below the last in use that nobody uses; their value says nothing. */
  EntryRuns unused() {
    return unused;
  }

  /** Places of bitmap clusters behind the end of the file, by eighths of the host offset. */
  EntryRuns bitmapsOutside() {
    return bitmapsOutside;
  }

  /**
   * Places of clusters of the extension that something else uses, by eighths of the host offset.
   */
  EntryRuns shared() {
    return shared;
  }
}
