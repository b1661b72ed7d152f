package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** Row 9 of vhd.md section 7: where the table lies, its length, and the size of blocks. */
final class TableFieldsCheck {
  private final CheckRun run;
  private final Footers footers;
  private final HeaderCopy header;
  private final DynamicHeader fields;

  TableFieldsCheck(CheckRun run, Footers footers, HeaderCopy header) {
    this.run = run;
    this.footers = footers;
    this.header = header;
    this.fields = header.fields();
  }

  /**
   * Checks the fields that lead to the blocks.
   *
   * @param sectors of the disk
   */
  void check(long sectors) {
    if (!fields.hasBlockSize()) {
      run.find(
          Finding.of(FindingKind.VHD_BLOCK_SIZE)
              .host(header.at() + 32, 4)
              .values(null, fields.blockSize())
              .says("Invalid block size %d", fields.blockSize()));
    } else {
      long blocks = fields.blocks(sectors);
      if (fields.maxTableEntries() < blocks) {
        run.find(
            Finding.of(FindingKind.VHD_TABLE_TOO_SMALL)
                .host(header.at() + 28, 4)
                .values(blocks, fields.maxTableEntries())
                .says("Page table too small"));
      }
    }
    if (fields.maxTableEntries() > VhdHeader.MAX_TABLE_ENTRIES) {
      run.find(
          Finding.of(FindingKind.VHD_TABLE_TOO_LARGE)
              .host(header.at() + 28, 4)
              .values(null, fields.maxTableEntries())
              .says("Max Table Entries too large (%d)", fields.maxTableEntries()));
    }
    checkPosition();
  }

  private void checkPosition() {
    long at = fields.tableOffset();
    String where = null;
    if (at < 0 || at > run.input().sectorLength() - fields.tableBytes()) {
      where = "reaches behind the end of the file";
    } else if (overlaps(0, VhdFooter.BYTES) || overlaps(header.at(), DynamicHeader.BYTES)) {
      where = "overlaps the footer or the dynamic header";
    } else if (footers.hasTail() && overlaps(footers.tail().at(), VhdFooter.BYTES)) {
      where = "overlaps the footer at the end";
    } else if (at % 512 != 0) {
      where = "is unaligned";
    }
    if (where != null) {
      run.find(
          Finding.of(FindingKind.VHD_TABLE_POSITION)
              .host(header.at() + 16, 8)
              .values(null, Long.toUnsignedString(at))
              .says(
                  "the block table of %d entries at %s %s",
                  fields.maxTableEntries(), Long.toUnsignedString(at), where));
    }
  }

  private boolean overlaps(long from, long length) {
    long at = fields.tableOffset();
    return at < from + length && from < at + fields.tableBytes();
  }
}
