package io.diskimage.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

class StoreDefaultsTest {
  private static final String STREAM_TYPE = "fs.s3a.input.stream.type";

  @Test
  void objectsAreReadByStreamsThatKeepNothing() {
    Configuration conf = new Configuration();
    StoreDefaults.complete(conf);
    assertThat(conf.get(STREAM_TYPE)).isEqualTo("classic");
  }

  @Test
  void whatIsSetStays() {
    Configuration conf = new Configuration();
    conf.set(STREAM_TYPE, "prefetch");
    StoreDefaults.complete(conf);
    assertThat(conf.get(STREAM_TYPE)).isEqualTo("prefetch");
  }
}
