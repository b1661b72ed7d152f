package io.diskimage.format.vhd;

/**
 * The bitmap of one block within bytes read (vhd.md section 9.3): which of its sectors are stored.
 */
final class SectorBitmap {
  private final boolean lowBitFirst;
  private byte[] bytes = {};
  private int from;
  private int sectors;

  SectorBitmap(VhdFooter footer) {
    this.lowBitFirst = footer.isByFirstXen();
  }

  /** Turns to another block. */
  void at(byte[] window, int offset, long sectorsOfBlock) {
    bytes = window;
    from = offset;
    sectors = (int) sectorsOfBlock;
  }

  boolean isPresent(int sector) {
    int bit = sector % 8;
    return (bytes[from + sector / 8] & (lowBitFirst ? 1 << bit : 0x80 >> bit)) != 0;
  }

  /** Says that sectors from one on are present. */
  void set(int first, int end) {
    for (int sector = first; sector < end; sector++) {
      int bit = sector % 8;
      bytes[from + sector / 8] |= (byte) (lowBitFirst ? 1 << bit : 0x80 >> bit);
    }
  }

  boolean isEmpty() {
    return next(0, true) == sectors;
  }

  boolean isFull() {
    return next(0, false) == sectors;
  }

  /** The first sector from one on that is, or is not, present; else the number of sectors. */
  int next(int sector, boolean present) {
    int uniform = present ? 0 : 0xff;
    int at = sector;
    while (at < sectors) {
      if (at % 8 == 0 && (bytes[from + at / 8] & 0xff) == uniform) {
        at += 8;
      } else if (isPresent(at) == present) {
        return at;
      } else {
        at++;
      }
    }
    return sectors;
  }
}
