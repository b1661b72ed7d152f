package io.diskimage.spark.plan;

import java.io.Serializable;

/**
 * TABLESAMPLE without replacement: rows whose hash of path and offset falls between the bounds.
 *
 * @param lowerBound fraction, inclusive
 * @param upperBound fraction, exclusive
 * @param seed changes the choice
 */
public record SampleSpec(double lowerBound, double upperBound, long seed) implements Serializable {

  /** A hash of the path to be mixed with offsets; computed once per image. */
  public long pathHash(String path) {
    long hash = seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L;
    for (int i = 0; i < path.length(); i++) {
      hash = (hash ^ path.charAt(i)) * 0x100000001B3L;
    }
    return hash;
  }

  /**
   * Whether the row at a guest offset is in the sample; the same answer wherever and however often
   * it is asked.
   */
  public boolean keeps(long pathHash, long offset) {
    long mixed = pathHash + offset * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    mixed ^= mixed >>> 31;
    double position = (mixed >>> 11) * 0x1.0p-53;
    return position >= lowerBound && position < upperBound;
  }
}
