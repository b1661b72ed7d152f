package io.diskimage.format.parallels;

import io.diskimage.format.ImageException;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.EntryRuns;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/**
 * What QEMU does not look for outside the table: the format extension, and clusters that nobody
 * uses (parallels.md section 7.3).
 */
final class ClusterFindings {
  private ClusterFindings() {}

  static void reportExtension(CheckRun run, ParallelsHeader header, ImageException damage) {
    run.find(
        Finding.of(FindingKind.PARALLELS_EXTENSION)
            .host(
                damage.hostOffset() == ImageException.NO_OFFSET
                    ? header.extOff() * 512
                    : damage.hostOffset(),
                Long.BYTES)
            .says("%s", damage.detail()));
  }

  static void reportBitmaps(CheckRun run, BatScan scan) {
    atNames(
        run,
        scan.bitmapsOutside(),
        FindingKind.PARALLELS_BITMAP_OUTSIDE,
        "a bitmap cluster at sector %s ends behind the end of the file");
    atNames(
        run,
        scan.shared(),
        FindingKind.PARALLELS_EXTENSION_SHARED,
        "a cluster of the format extension at sector %s is in use by something else, too");
  }

  private static void atNames(CheckRun run, EntryRuns runs, FindingKind kind, String text) {
    runs.report(
        run,
        kind,
        each ->
            Finding.of(kind)
                .host(each.first() * Long.BYTES, each.length() * Long.BYTES)
                .values(null, Long.toUnsignedString(each.value()))
                .says(text, Long.toUnsignedString(each.value())));
  }

  static void reportUnused(CheckRun run, DataArea area, BatScan scan) {
    scan.unused()
        .report(
            run,
            FindingKind.PARALLELS_UNUSED_CLUSTER,
            scan.unused().count() * area.clusterBytes(),
            each ->
                Finding.of(FindingKind.PARALLELS_UNUSED_CLUSTER)
                    .host(scan.clusterPlace(each.first()), each.length() * area.clusterBytes())
                    .says("cluster of the file at %d is unused", scan.clusterPlace(each.first())));
  }
}
