package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.Arrays;

/**
 * The data side of row 13 of vhd.md section 7: sectors of a stored block whose bit is 0 read as
 * zero by the specification, but as what is stored by QEMU; the two agree where zeros are stored.
 */
final class AbsentSectors {
  private static final int SECTOR = 512;
  private static final int PIECE_SECTORS = 2048;
  private static final byte[] ZEROS = new byte[SECTOR];

  private final CheckRun run;
  private final DiskLayout layout;
  private byte[] piece = {};

  private int first;
  private int last;
  private int count;

  AbsentSectors(CheckRun run, DiskLayout layout) {
    this.run = run;
    this.layout = layout;
  }

  /** Reads the sectors that the bitmap leaves out, in pieces of the block. */
  void check(SectorBitmap bitmap, long entry, long index) throws IOException {
    int sectors = (int) layout.sectorsOf(index);
    long data = DiskLayout.host(entry) + layout.bitmapBytes();
    count = 0;
    int from = bitmap.next(0, false);
    while (from < sectors) {
      int to = Math.min(sectors, from + PIECE_SECTORS);
      run.progress(data + (long) from * SECTOR, layout.dataEnd());
      checkPiece(bitmap, data, from, to);
      from = bitmap.next(to, false);
    }
    if (count > 0) {
      long length = (long) (last + 1 - first) * SECTOR;
      run.find(
          Finding.of(FindingKind.VHD_BITMAP_CLEAR_WITH_DATA)
              .host(data + (long) first * SECTOR, length)
              .guest(index * layout.blockSize() + (long) first * SECTOR, length)
              .values(0, count)
              .says(
                  "%d sectors of block %d hold data, but its bitmap says that they are not stored",
                  count, index));
    }
  }

  private void checkPiece(SectorBitmap bitmap, long data, int from, int to) throws IOException {
    int length = (to - from) * SECTOR;
    if (piece.length < length) {
      piece = new byte[length];
    }
    if (!PartialReads.read(run, data + (long) from * SECTOR, piece, length, run.io()::dataRead)) {
      return;
    }
    for (int sector = from; sector < to; sector = bitmap.next(sector + 1, false)) {
      if (!isZero((sector - from) * SECTOR)) {
        first = count == 0 ? sector : first;
        last = sector;
        count++;
      }
    }
  }

  private boolean isZero(int at) {
    return Arrays.equals(piece, at, at + SECTOR, ZEROS, 0, SECTOR);
  }
}
