package io.diskimage.spark.plan;

import java.io.Serializable;

/**
 * A column that a filter looks at.
 *
 * @param ordinal in the full table schema
 * @param name for messages
 */
record FilterColumn(int ordinal, String name) implements Serializable {
  /** Ordinal of {@code path}, the first column of every table. */
  static final int PATH = 0;

  @Override
  public String toString() {
    return name;
  }
}
