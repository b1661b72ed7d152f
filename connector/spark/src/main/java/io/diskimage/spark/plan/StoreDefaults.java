package io.diskimage.spark.plan;

import org.apache.hadoop.conf.Configuration;

/** Settings of stores that a scan wants otherwise than Hadoop has them where nobody says. */
final class StoreDefaults {

  /**
   * The default since Hadoop 3.5, "analytics", keeps in the heap what it has read, up to a bound of
   * its own that no Spark heap is made for, and fetches ahead by itself; the driver of an image
   * knows what it wants next.
   */
  private static final String STREAM_TYPE = "fs.s3a.input.stream.type";

  private StoreDefaults() {}

  static void complete(Configuration conf) {
    conf.setIfUnset(STREAM_TYPE, "classic");
  }
}
