package io.diskimage.format.vdi;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryRuns;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** What the map says of the blocks in the file: rules b, c, d, j and k of vdi.md section 7.2. */
final class BlockFindings {
  private final CheckRun run;
  private final VdiHeader header;
  private final BlockPlaces places;
  private final MapScan scan;

  BlockFindings(CheckRun run, VdiHeader header, BlockPlaces places, MapScan scan) {
    this.run = run;
    this.header = header;
    this.places = places;
    this.scan = scan;
  }

  void reportEntries() {
    reportBehindEof(scan.behindEof(), FindingKind.VDI_BLOCK_BEHIND_EOF);
    // One short block at the end may be a sparse copy's; where others are gone, its tail is too.
    reportBehindEof(
        scan.cutByEof(),
        scan.behindEof().count() == 0
            ? FindingKind.VDI_LAST_BLOCK_SHORT
            : FindingKind.VDI_BLOCK_BEHIND_EOF);
    reportBehindDisk();
    if (header.imageType() == VdiHeader.TYPE_STATIC && scan.displaced() > 0) {
      run.find(
          Finding.of(FindingKind.VDI_STATIC_NOT_LINEAR)
              .host(scan.place(scan.firstDisplaced()), 4)
              .times(scan.displaced())
              .says(
                  "static image, but %d blocks are not in their place, the first is %d",
                  scan.displaced(), scan.firstDisplaced()));
    }
  }

  private void reportBehindEof(EntryRuns runs, FindingKind kind) {
    runs.report(
        run,
        kind,
        each ->
            MapFindings.atEntries(kind, header, scan, each)
                .values("below " + places.whole(), each.value())
                .says(
                    "guest block %d is stored as block %d, which ends behind the end of the file",
                    each.first(), each.value()));
  }

  private void reportBehindDisk() {
    scan.behindDisk()
        .report(
            run,
            FindingKind.VDI_ENTRY_BEHIND_DISK,
            scan.hiddenBytes(),
            each ->
                MapFindings.atEntries(FindingKind.VDI_ENTRY_BEHIND_DISK, header, scan, each)
                    .values(null, each.value())
                    .says(
                        "entry %d lies behind the disk's end, but uses block %d",
                        each.first(), each.value()));
  }

  void reportUnused() {
    scan.unused()
        .report(
            run,
            FindingKind.VDI_UNUSED_BLOCK,
            scan.unused().count() * places.stride(),
            each ->
                Finding.of(FindingKind.VDI_UNUSED_BLOCK)
                    .host(places.place(each.first()), each.length() * places.stride())
                    .says("block %d of the file is used by no entry", each.first()));
    reportTail();
  }

  private void reportTail() {
    long end = Math.max(VdiHeader.BYTES, header.mapEnd());
    end = Math.max(end, places.place(scan.highestStored() + 1));
    long tail = run.input().length() - end;
    if (tail > 0) {
      run.find(
          Finding.of(FindingKind.VDI_TAIL_LEAK)
              .host(end, tail)
              .times((tail + header.blockSize() - 1) / header.blockSize())
              .reclaims(tail)
              .says("the file has %d bytes behind its last used block", tail));
    }
  }
}
