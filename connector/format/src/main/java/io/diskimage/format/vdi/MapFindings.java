package io.diskimage.format.vdi;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryRuns;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.Map;

/** What the check of QEMU finds: rules 2 to 4 of vdi.md section 7.1. */
final class MapFindings {
  private static final int BLOCKS_ALLOCATED_AT = 0x184;

  private MapFindings() {}

  static void report(CheckRun run, VdiHeader header, MapScan scan) throws IOException {
    scan.tooLarge()
        .report(
            run,
            FindingKind.VDI_BLOCK_TOO_LARGE,
            each ->
                atEntries(FindingKind.VDI_BLOCK_TOO_LARGE, header, scan, each)
                    .values("below " + header.blocksInImage(), each.value())
                    .says("block index %d too large, is %d", each.first(), each.value()));
    Map<Long, Long> firstUsers = scan.firstUsers();
    scan.duplicates()
        .report(
            run,
            FindingKind.VDI_DUPLICATE_BLOCK,
            each ->
                // QEMU prints the block number in both places; the two guest blocks are meant.
                atEntries(FindingKind.VDI_DUPLICATE_BLOCK, header, scan, each)
                    .values(null, each.value())
                    .says(
                        "block index %d also used by %d",
                        firstUsers.get(each.value()), each.first()));
    if (scan.allocated() != header.blocksAllocated()) {
      run.find(
          Finding.of(FindingKind.VDI_ALLOCATED_COUNT)
              .host(BLOCKS_ALLOCATED_AT, 4)
              .values(scan.allocated(), header.blocksAllocated())
              .says(
                  "allocated blocks mismatch, is %d, should be %d",
                  scan.allocated(), header.blocksAllocated()));
    }
  }

  /** A finding at entries, and at the guest blocks that the disk has of theirs. */
  static Finding.Draft atEntries(
      FindingKind kind, VdiHeader header, MapScan scan, EntryRuns.Run run) {
    Finding.Draft finding =
        Finding.of(kind).host(scan.place(run.first()), run.length() * BlockTable.ENTRY_BYTES);
    long guest = run.first() * header.blockSize();
    return guest < header.diskSize()
        ? finding.guest(
            guest, Math.min(run.length() * header.blockSize(), header.diskSize() - guest))
        : finding;
  }
}
