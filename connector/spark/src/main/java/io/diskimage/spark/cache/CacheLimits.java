package io.diskimage.spark.cache;

import java.time.Duration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * How much the cache keeps of images that nobody reads at the moment. Images in use are not
 * bounded: there are no more of them than running tasks.
 *
 * @param maxIdleImages each holds one open file, or a few streams of a remote one
 * @param maxIdleBytes estimated heap: what was read of headers and tables
 * @param maxIdleTime after which an idle image is closed
 */
public record CacheLimits(int maxIdleImages, long maxIdleBytes, Duration maxIdleTime) {
  private static final String PREFIX = "spark.diskimage.cache.";

  public static final CacheLimits DEFAULT =
      new CacheLimits(256, 128L << 20, Duration.ofSeconds(60));

  public CacheLimits {
    if (maxIdleImages < 0 || maxIdleBytes < 0 || maxIdleTime.isNegative()) {
      throw new IllegalArgumentException(
          "negative limit: " + maxIdleImages + ", " + maxIdleBytes + ", " + maxIdleTime);
    }
  }

  /**
   * The limits of the Spark application in this JVM: {@code spark.diskimage.cache.maxIdleImages},
   * {@code .maxIdleBytes} and {@code .maxIdleTime}.
   */
  static CacheLimits ofApplication() {
    SparkEnv env = SparkEnv.get();
    return env == null ? DEFAULT : of(env.conf());
  }

  static CacheLimits of(SparkConf conf) {
    return new CacheLimits(
        conf.getInt(PREFIX + "maxIdleImages", DEFAULT.maxIdleImages()),
        conf.getSizeAsBytes(PREFIX + "maxIdleBytes", DEFAULT.maxIdleBytes()),
        Duration.ofSeconds(
            conf.getTimeAsSeconds(
                PREFIX + "maxIdleTime", DEFAULT.maxIdleTime().toSeconds() + "s")));
  }
}
