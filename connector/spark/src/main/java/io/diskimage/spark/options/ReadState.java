package io.diskimage.spark.options;

import java.util.Objects;

/**
 * The state of the images that is read, and the one that it is compared with.
 *
 * @param at what is read
 * @param changesFrom what has not changed since is left out; null for no comparison
 */
public record ReadState(TimeTravel at, TimeTravel changesFrom) {
  /** All of the active disk. */
  public static final ReadState ACTIVE = new ReadState(TimeTravel.NONE, null);

  public ReadState {
    Objects.requireNonNull(at, "at");
  }

  /** All of a state. */
  public static ReadState at(TimeTravel travel) {
    return new ReadState(travel, null);
  }

  /** Whether it says more than the active disk. */
  public boolean isSet() {
    return at.isSet() || changesFrom != null;
  }

  @Override
  public String toString() {
    return changesFrom == null ? at.toString() : "changes from " + changesFrom + " to " + at;
  }
}
