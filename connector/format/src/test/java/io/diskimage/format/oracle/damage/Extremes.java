package io.diskimage.format.oracle.damage;

import java.util.Random;

/** Draws values at which a number, a sum or a product is likely to leave its bounds. */
final class Extremes {
  private static final long SECTOR = 512;

  private final Random random;
  private final Layout layout;
  private final long fileLength;

  Extremes(Random random, Layout layout, long fileLength) {
    this.random = random;
    this.layout = layout;
    this.fileLength = fileLength;
  }

  /** A value instead of another; bits above the width of the entry are cut off. */
  long value(Entries entries, long old) {
    int bits = 8 * entries.width();
    return switch (random.nextInt(12)) {
      case 0 -> 0;
      case 1 -> 1;
      case 2 -> -1;
      case 3 -> (1L << (bits - 1)) - 1;
      case 4 -> 1L << (bits - 1);
      case 5 -> old + (random.nextBoolean() ? 1 : -1);
      case 6 -> 1L << random.nextInt(bits);
      case 7 -> (1L << random.nextInt(bits)) - 1;
      case 8 -> -(1L << random.nextInt(bits));
      case 9 -> atTheEnd();
      case 10 -> layout.pointer(entries, old, atTheEnd());
      default -> old << random.nextInt(bits);
    };
  }

  /** Near the end of the file, in bytes or in sectors. */
  private long atTheEnd() {
    long end = random.nextInt(4) == 0 ? fileLength / SECTOR : fileLength;
    return end + random.nextInt(3) - 1;
  }
}
