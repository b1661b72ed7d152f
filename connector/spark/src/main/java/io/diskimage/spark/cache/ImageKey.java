package io.diskimage.spark.cache;

import io.diskimage.format.Purpose;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.plan.ImageFile;
import java.util.Map;

/**
 * What makes an open image the same for two tasks: the file as it was listed, how its format is
 * found and read, and who reads it.
 *
 * @param file path, length and modification time
 * @param imageFormat driver name, or null to detect
 * @param probeFooter part of how the format is detected
 * @param formatOptions options of the driver
 * @param purpose what the image is opened for
 * @param user Hadoop user
 */
public record ImageKey(
    ImageFile file,
    String imageFormat,
    boolean probeFooter,
    Map<String, String> formatOptions,
    Purpose purpose,
    String user) {

  public ImageKey {
    formatOptions = Map.copyOf(formatOptions);
  }

  /** The key of a file in a scan. */
  public static ImageKey of(ImageFile file, ReadOptions options, Purpose purpose, String user) {
    return new ImageKey(
        file, options.imageFormat(), options.probeFooter(), options.formatOptions(), purpose, user);
  }
}
