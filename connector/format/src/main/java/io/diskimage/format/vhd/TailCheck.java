package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** Row 15 of vhd.md section 7: space between the last block and the footer at the end. */
final class TailCheck {
  /** Without blocks, Windows puts the footer where the first bitmap will go (section 1.4). */
  private static final long PLACE_OF_A_BITMAP = 4096 - 512;

  private TailCheck() {}

  static void check(CheckRun run, Footers footers, DiskLayout layout, TableCheck table) {
    long end = table.usedEnd();
    long unused = layout.dataEnd() - end;
    long allowed =
        table.storedEnd() >= layout.metadataEnd()
            ? BlockOrderCheck.NO_ALIGNMENT - 1
            : roundUp(end) - end + PLACE_OF_A_BITMAP;
    // What stands in the place of a missing footer is no leak.
    long footer = footers.hasTail() ? 0 : VhdFooter.BYTES;
    if (unused > allowed + footer) {
      run.find(
          Finding.of(FindingKind.VHD_TAIL_LEAK)
              .host(end, unused)
              .times((unused - 1) / layout.unit() + 1)
              .reclaims(unused)
              .says("%d bytes between the last block and the end are unused", unused));
    }
  }

  private static long roundUp(long offset) {
    return (offset + BlockOrderCheck.NO_ALIGNMENT - 1)
        / BlockOrderCheck.NO_ALIGNMENT
        * BlockOrderCheck.NO_ALIGNMENT;
  }
}
