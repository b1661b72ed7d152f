package io.diskimage.format.check;

import java.io.IOException;

/**
 * The check of one format, found by {@link java.util.ServiceLoader}: stateless and thread-safe. It
 * reads only, and follows no reference out of the file.
 */
public interface FormatCheck {

  /** Driver name of the format. */
  String format();

  /**
   * Checks an image, part by part ({@link CheckRun#part}).
   *
   * @throws io.diskimage.format.ImageException if the image is refused as a whole, with the text
   *     that opening it for a check gives
   */
  void check(CheckRun run) throws IOException;
}
