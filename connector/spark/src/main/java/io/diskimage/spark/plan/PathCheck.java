package io.diskimage.spark.plan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** Whether a path names something. */
public final class PathCheck {
  private PathCheck() {}

  /**
   * Asks the file system.
   *
   * @param path file, directory or glob
   * @throws UncheckedIOException if the file system fails
   */
  public static boolean exists(String path) {
    Configuration conf = new SparkContextAccess().configuration(Map.of());
    try {
      return !PathRoots.matching(path, conf).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
