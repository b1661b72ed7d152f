package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** Row 7 of vhd.md section 7: a fixed disk is its data and the footer. */
final class FixedLengthCheck {
  /** Leaks count as if they were blocks of the default size. */
  private static final long LEAK_UNIT = 2 << 20;

  private FixedLengthCheck() {}

  static void check(CheckRun run, Footers footers) {
    long stored = footers.hasTail() ? footers.tail().at() : run.input().sectorLength();
    long size = footers.fields().currentSize();
    long sectors = (size >>> 9) + (size % 512 == 0 ? 0 : 1);
    if (sectors > stored / 512) {
      run.find(
          Finding.of(FindingKind.VHD_FIXED_TOO_SHORT)
              .host(stored, 0)
              .values(Long.toUnsignedString(size), stored)
              .says(
                  "the file holds %d bytes of a fixed disk of %s",
                  stored, Long.toUnsignedString(size)));
      return;
    }
    long end = sectors * 512;
    if (end < stored) {
      long excess = stored - end;
      run.find(
          Finding.of(FindingKind.VHD_FIXED_TOO_LONG)
              .host(end, excess)
              .values(end, stored)
              .times((excess - 1) / LEAK_UNIT + 1)
              .reclaims(excess)
              .says("%d bytes between the end of the fixed disk and its footer", excess));
    }
    run.imageEndOffset(end + VhdFooter.BYTES);
  }
}
