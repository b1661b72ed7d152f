package io.diskimage.format.vhd;

/**
 * Cylinders, heads and sectors per track.
 *
 * @param cylinders 0 to 65535
 * @param heads 0 to 255
 * @param sectorsPerTrack 0 to 255
 */
record Geometry(long cylinders, long heads, long sectorsPerTrack) {
  /** The largest geometry, which stands for any larger size too (vhd.md section 1.5). */
  static final Geometry MAX = new Geometry(65535, 16, 255);

  static Geometry of(VhdFooter footer) {
    return new Geometry(footer.cylinders(), footer.heads(), footer.sectorsPerTrack());
  }

  /** The geometry of a number of sectors: vhd.md section 6.1. */
  static Geometry of(long sectors) {
    long n = Math.min(sectors, MAX.sectors());
    if (n >= 65535L * 16 * 63) {
      return new Geometry(n / 255 / 16, 16, 255);
    }
    long perTrack = 17;
    long heads = Math.max(4, (n / 17 + 1023) / 1024);
    if (n / 17 >= heads * 1024 || heads > 16) {
      perTrack = 31;
      heads = 16;
    }
    if (n / perTrack >= heads * 1024) {
      perTrack = 63;
      heads = 16;
    }
    return new Geometry(n / perTrack / heads, heads, perTrack);
  }

  long sectors() {
    return cylinders * heads * sectorsPerTrack;
  }

  @Override
  public String toString() {
    return cylinders + "/" + heads + "/" + sectorsPerTrack;
  }
}
