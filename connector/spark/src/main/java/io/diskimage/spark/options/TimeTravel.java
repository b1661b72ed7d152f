package io.diskimage.spark.options;

import java.io.Serializable;

/**
 * The state of the images that is read.
 *
 * @param snapshot id or name, null for none
 * @param asOfMicros newest snapshot not after this time in microseconds since the epoch, null for
 *     none
 */
public record TimeTravel(String snapshot, Long asOfMicros) implements Serializable {
  /** The active disk. */
  public static final TimeTravel NONE = new TimeTravel(null, null);

  /** Whether it is a snapshot. */
  public boolean isSet() {
    return snapshot != null || asOfMicros != null;
  }

  @Override
  public String toString() {
    if (snapshot != null) {
      return "VERSION AS OF '" + snapshot + "'";
    }
    return asOfMicros != null ? "TIMESTAMP AS OF " + asOfMicros : "the active disk";
  }
}
