package io.diskimage.spark.options;

import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;

/** Timestamps as Spark's file sources take them: Spark SQL's form, in the session's time zone. */
final class Timestamps {
  private Timestamps() {}

  /** Microseconds since the epoch. */
  static long parseMicros(String value) {
    Option<Object> micros =
        DateTimeUtils.stringToTimestamp(
            UTF8String.fromString(value),
            DateTimeUtils.getZoneId(SQLConf.get().sessionLocalTimeZone()));
    if (micros.isEmpty()) {
      throw new IllegalArgumentException("not a timestamp");
    }
    return (Long) micros.get();
  }
}
