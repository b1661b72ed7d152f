package io.diskimage.format.oracle.damage;

import java.util.List;
import java.util.Random;

/** Draws values that a field should not have, by what the field means. */
final class WrongValues {
  private static final long SECTOR = 512;

  private final Random random;
  private final Layout layout;
  private final long fileLength;

  WrongValues(Random random, Layout layout, long fileLength) {
    this.random = random;
    this.layout = layout;
    this.fileLength = fileLength;
  }

  /** A place where something important lies, or one at the end of the file. */
  long landmark() {
    List<Long> landmarks = layout.landmarks();
    long clusterSize = layout.clusterSize();
    long end = fileLength / clusterSize * clusterSize;
    return switch (random.nextInt(4)) {
      case 0 -> Math.max(0, end - clusterSize * random.nextInt(3));
      default -> landmarks.get(random.nextInt(landmarks.size()));
    };
  }

  /** A value instead of another; now and then the same one. */
  long value(Entries entries, long old) {
    long value =
        switch (entries.role()) {
          case NUMBER -> number(entries, old);
          case POINTER -> random.nextInt(3) == 0 ? flipped(entries, old) : pointer(entries, old);
          case REFCOUNT -> refcount(old);
          case BITS -> random.nextBoolean() ? flipped(entries, old) : random.nextLong();
        };
    return value;
  }

  private long number(Entries entries, long old) {
    return switch (random.nextInt(9)) {
      case 0 -> 0;
      case 1 -> old + 1;
      case 2 -> old - 1;
      case 3 -> -1;
      case 4 -> random.nextLong();
      case 5 -> old + (1L << random.nextInt(8 * entries.width()));
      case 6 -> random.nextInt(1 << (1 + random.nextInt(17)));
      default -> flipped(entries, old);
    };
  }

  /** One bit wrong; in a pointer often one of its flags. */
  private long flipped(Entries entries, long old) {
    int bits = 8 * entries.width();
    int bit =
        switch (random.nextInt(4)) {
          case 0 -> bits - 1 - random.nextInt(2);
          case 1 -> 0;
          default -> random.nextInt(bits);
        };
    return old ^ (1L << bit);
  }

  private long pointer(Entries entries, long old) {
    long clusterSize = layout.clusterSize();
    long one = layout.pointer(entries, 0, clusterSize);
    long end = fileLength / clusterSize * clusterSize;
    return switch (random.nextInt(11)) {
      case 0 -> 0;
      case 1 -> old + one;
      case 2 -> old - one;
      case 3 -> old + Math.max(1, layout.pointer(entries, 0, SECTOR));
      case 4 -> old + 1 + random.nextInt((int) SECTOR);
      case 5, 6 -> layout.pointer(entries, old, landmark());
      case 7 -> layout.pointer(entries, old, end + clusterSize * random.nextInt(4));
      case 8 -> layout.pointer(entries, old, end + clusterSize * random.nextLong(1L << 30));
      case 9 ->
          layout.pointer(
              entries, old, random.nextLong(Math.max(1, end / clusterSize)) * clusterSize);
      default -> random.nextLong();
    };
  }

  private long refcount(long old) {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> old + 1;
      case 2 -> old - 1;
      case 3 -> random.nextLong();
      default -> old ^ (1L << random.nextInt(8));
    };
  }
}
