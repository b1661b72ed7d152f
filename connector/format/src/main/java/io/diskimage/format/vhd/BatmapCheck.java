package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.table.EntryTable;
import java.io.IOException;

/** XenServer's batmap by vhd.md section 9.3: its header, and that it names no absent block. */
final class BatmapCheck {
  private final CheckRun run;
  private final DiskLayout layout;
  private final Batmap batmap;

  BatmapCheck(CheckRun run, DiskLayout layout, Batmap batmap) {
    this.run = run;
    this.layout = layout;
    this.batmap = batmap;
  }

  /**
   * Checks header and bits.
   *
   * @param blocks entries of the table
   * @return whether readers go by the map: they ignore one with a wrong checksum
   */
  boolean check(long blocks) throws IOException {
    if (!batmap.isInFile(blocks)) {
      run.find(
          Finding.of(FindingKind.VHD_BATMAP)
              .host(batmap.headerAt() + 8, 12)
              .says(
                  "the batmap at %s of %d bytes is too small or not in the file",
                  Long.toUnsignedString(batmap.mapAt()), batmap.mapBytes()));
      return false;
    }
    long right = batmap.rightChecksum(blocks);
    if (batmap.checksum() != right) {
      run.find(
          Finding.of(FindingKind.VHD_BATMAP)
              .host(batmap.headerAt() + 24, 4)
              .values("0x" + Long.toHexString(right), "0x" + Long.toHexString(batmap.checksum()))
              .says("wrong checksum of the batmap"));
      return false;
    }
    checkBits();
    return true;
  }

  private void checkBits() throws IOException {
    EntryTable table = layout.table();
    for (long first = 0; first < table.entries(); first = table.pageEnd(first)) {
      run.progress(first, table.entries());
      byte[] page = table.page(first, run.io());
      long end = table.pageEnd(first);
      for (long index = first; index < end; index++) {
        boolean absent = DiskLayout.entry(page, first, index) == BlockTable.NOT_ALLOCATED;
        if (absent && batmap.isFull(index)) {
          run.find(
              Finding.of(FindingKind.VHD_BATMAP_BIT)
                  .guest(index * layout.blockSize(), layout.blockSize())
                  .says("the batmap says that block %d is full, but it is not stored", index));
        }
      }
    }
  }
}
