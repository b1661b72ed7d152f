package io.diskimage.format.parallels;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryRuns;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** What today's QEMU finds in the table: rules 3 to 6 of parallels.md section 7.1. */
final class BatFindings {
  private final CheckRun run;
  private final ParallelsHeader header;
  private final DataArea area;
  private final BatScan scan;

  BatFindings(CheckRun run, ParallelsHeader header, DataArea area, BatScan scan) {
    this.run = run;
    this.header = header;
    this.area = area;
    this.scan = scan;
  }

  void report() {
    // QEMU counts both in one and says of both that they are outside.
    atEntries(
        scan.inMetadata(),
        FindingKind.PARALLELS_CLUSTER_IN_METADATA,
        "cluster %d is outside image, in front of its data area");
    atEntries(scan.outside(), FindingKind.PARALLELS_CLUSTER_OUTSIDE, "cluster %d is outside image");
    boolean leaks = reportTail();
    atEntries(
        scan.duplicates(),
        FindingKind.PARALLELS_DUPLICATE_CLUSTER,
        "duplicate offset in BAT entry %d");
    run.imageEndOffset(leaks ? area.fileEnd() : area.coveredEnd());
    run.statistics(header.batEntries(), scan.allocated(), scan.fragmented(), 0);
  }

  private boolean reportTail() {
    long tail = area.fileEnd() - scan.usedEnd();
    if (tail <= 0) {
      return false;
    }
    run.find(
        Finding.of(FindingKind.PARALLELS_TAIL_LEAK)
            .host(scan.usedEnd(), tail)
            .times((tail + area.clusterBytes() - 1) / area.clusterBytes())
            .reclaims(run.input().length() - scan.usedEnd())
            .says("space leaked at the end of the image %d", tail));
    return true;
  }

  /** What QEMU does not look for: parallels.md section 7.3. */
  void reportBeyond() {
    atEntries(
        scan.unaligned(),
        FindingKind.PARALLELS_CLUSTER_UNALIGNED,
        "cluster %d does not begin where a cluster of the data area does");
    scan.behindDisk()
        .report(
            run,
            FindingKind.PARALLELS_ENTRY_BEHIND_DISK,
            scan.hiddenBytes(),
            each ->
                atEntry(FindingKind.PARALLELS_ENTRY_BEHIND_DISK, each)
                    .says("entry %d lies behind the disk's end, but is allocated", each.first()));
  }

  private void atEntries(EntryRuns runs, FindingKind kind, String text) {
    runs.report(run, kind, each -> atEntry(kind, each).says(text, each.first()));
  }

  private Finding.Draft atEntry(FindingKind kind, EntryRuns.Run entries) {
    Finding.Draft finding =
        Finding.of(kind)
            .host(scan.place(entries.first()), entries.length() * BlockTable.ENTRY_BYTES)
            .values(null, entries.value());
    long guest = entries.first() * area.clusterBytes();
    long size = header.sectors() * 512;
    return guest < size
        ? finding.guest(guest, Math.min(entries.length() * area.clusterBytes(), size - guest))
        : finding;
  }
}
