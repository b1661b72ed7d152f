package io.diskimage.format.oracle;

/**
 * Where on a disk of equal blocks data lie.
 *
 * @param pattern of the stored blocks
 * @param blocks of the disk
 * @param first block of the area that the pattern speaks of
 * @param area blocks of the area
 */
record Skew(Pattern pattern, long blocks, long first, long area) {

  /** Which blocks of an area are stored. */
  enum Pattern {
    FIRST_PERCENT,
    LAST_PERCENT,
    ALTERNATING
  }

  /** A pattern of a whole disk. */
  static Skew of(Pattern pattern, long blocks) {
    return new Skew(pattern, blocks, 0, blocks);
  }

  /** Stored blocks before a block. */
  long before(long block) {
    long at = Math.max(0, Math.min(area, block - first));
    long part = percent();
    return switch (pattern) {
      case FIRST_PERCENT -> Math.min(at, part);
      case LAST_PERCENT -> Math.max(0, at - (area - part));
      case ALTERNATING -> (at + 1) / 2;
    };
  }

  long total() {
    return before(blocks);
  }

  boolean stored(long block) {
    long at = block - first;
    long part = percent();
    return at >= 0
        && at < area
        && switch (pattern) {
          case FIRST_PERCENT -> at < part;
          case LAST_PERCENT -> at >= area - part;
          case ALTERNATING -> at % 2 == 0;
        };
  }

  private long percent() {
    return Math.max(1, area / 100);
  }

  /** Whether a range has a stored block. */
  boolean storedIn(long from, long to) {
    return before(to) > before(from);
  }
}
