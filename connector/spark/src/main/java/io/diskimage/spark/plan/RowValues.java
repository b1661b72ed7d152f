package io.diskimage.spark.plan;

import org.apache.spark.unsafe.types.UTF8String;

/**
 * The values of one row by column ordinal in the full table schema, metadata columns behind the
 * others.
 */
public interface RowValues {
  boolean isNull(int column);

  boolean getBoolean(int column);

  /** Of an INT or BIGINT column, or a TIMESTAMP in microseconds since the epoch. */
  long getLong(int column);

  UTF8String getString(int column);
}
