package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.table.EntryTable;
import io.diskimage.format.vhd.DiskLayout.Place;
import java.io.IOException;

/**
 * Rows 10 and 12 of vhd.md section 7, and the statistics below them: one walk over the table in its
 * own order. Runs of equal entries are judged at once.
 */
final class TableCheck {
  private final CheckRun run;
  private final DiskLayout layout;
  private final EntryTable table;

  private long allocated;
  private long fragmented;
  private long stored;
  private long storedEnd;
  private boolean complete;

  /** Bytes that blocks behind the disk may yet take: entries may share a place. */
  private long reclaimable;

  private long runEntry = BlockTable.NOT_ALLOCATED;
  private long runStart;

  TableCheck(CheckRun run, DiskLayout layout) {
    this.run = run;
    this.layout = layout;
    this.table = layout.table();
    this.reclaimable = Math.max(0, layout.dataEnd() - layout.metadataEnd());
  }

  void check() throws IOException {
    for (long first = 0; first < table.entries(); first = table.pageEnd(first)) {
      run.progress(first, table.entries());
      byte[] page = table.page(first, run.io());
      long end = table.pageEnd(first);
      for (long index = first; index < end; index++) {
        long entry = DiskLayout.entry(page, first, index);
        if (entry != runEntry || index == layout.blocks()) {
          endRun(index);
          countFragment(entry, index);
          runEntry = entry;
          runStart = index;
        }
      }
    }
    endRun(table.entries());
    run.statistics(layout.blocks(), allocated, fragmented, 0);
    run.imageEndOffset(usedEnd() + VhdFooter.BYTES);
    complete = true;
  }

  /** Whether the whole table could be read; only then do the figures below hold. */
  boolean isComplete() {
    return complete;
  }

  /** How many entries name a place that the file has for a block; at most so many if unknown. */
  long stored() {
    return complete ? stored : table.entries();
  }

  /** Behind the last block and all metadata. */
  long usedEnd() {
    return Math.max(layout.metadataEnd(), storedEnd);
  }

  /** Behind the last block, within the file; 0 if there is none. */
  long storedEnd() {
    return storedEnd;
  }

  /** The first of a run of equal entries; each of the others does not follow its predecessor. */
  private void countFragment(long entry, long index) {
    boolean twoBlocks =
        index > 0
            && index < layout.blocks()
            && entry != BlockTable.NOT_ALLOCATED
            && runEntry != BlockTable.NOT_ALLOCATED;
    if (twoBlocks && entry * 512 != runEntry * 512 + layout.unit()) {
      fragmented++;
    }
  }

  private void endRun(long end) {
    if (runEntry == BlockTable.NOT_ALLOCATED || end == runStart) {
      return;
    }
    long count = end - runStart;
    boolean behindDisk = runStart >= layout.blocks();
    if (!behindDisk) {
      allocated += count;
      fragmented += count - 1;
    }
    Place place = layout.place(runEntry);
    if (place.isStored()) {
      stored += count;
      long blockEnd = DiskLayout.host(runEntry) + layout.unit();
      storedEnd = Math.max(storedEnd, Math.min(blockEnd, layout.dataEnd()));
    }
    if (behindDisk) {
      long given = place == Place.DATA ? Math.min(layout.unit(), reclaimable) : 0;
      reclaimable -= given;
      run.find(
          finding(FindingKind.VHD_ENTRY_BEHIND_DISK, count)
              .reclaims(given)
              .says("block %d is used, but the disk has %d blocks", runStart, layout.blocks()));
    }
    switch (place) {
      case START, METADATA ->
          run.find(
              finding(FindingKind.VHD_BLOCK_IN_METADATA, count)
                  .says("block %d at sector %d lies over metadata", runStart, runEntry));
      case BEHIND_EOF ->
          run.find(
              finding(FindingKind.VHD_BLOCK_BEHIND_EOF, count)
                  .says("block %d at sector %d lies behind the end of file", runStart, runEntry));
      case CUT ->
          run.find(
              finding(FindingKind.VHD_BLOCK_CUT, count)
                  .says(
                      "block %d at sector %d reaches behind the end of file or over its footer",
                      runStart, runEntry));
      case NONE, DATA -> {}
    }
  }

  private Finding.Draft finding(FindingKind kind, long count) {
    return Finding.of(kind)
        .host(layout.entryAt(runStart), count * BlockTable.ENTRY_BYTES)
        .guest(runStart * layout.blockSize(), count * layout.blockSize())
        .values(null, runEntry)
        .times(count);
  }
}
