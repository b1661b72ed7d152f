package io.diskimage.format.parallels;

import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;

/**
 * How much of a file is made in advance when it grows, and how (parallels.md section 5.1).
 *
 * @param zeroes whether what is added is made zero as a range, or the file is only cut longer
 * @param bytes in whole sectors
 */
record Preallocation(boolean zeroes, long bytes) {
  private static final long DEFAULT = 128 << 20;

  /** By the options {@code prealloc-mode} and {@code prealloc-size}; others are left alone. */
  static Preallocation of(OpenOptions options) {
    FormatOptions given = FormatOptions.of(options);
    String mode = given.text("prealloc-mode", "falloc");
    if (!mode.equals("falloc") && !mode.equals("truncate")) {
      throw new InvalidOptionException("invalid parameter value: " + mode);
    }
    return new Preallocation(
        mode.equals("falloc"), given.size("prealloc-size", DEFAULT) / 512 * 512);
  }

  /**
   * Makes a file longer, with some clusters to spare: at least one.
   *
   * @param end what is needed now
   */
  void grow(ImageTarget target, long end, long clusterBytes) throws IOException {
    long spare = Math.max(1, bytes / clusterBytes) * clusterBytes;
    long from = target.length();
    long to = spare > Long.MAX_VALUE - end ? end : end + spare;
    if (zeroes) {
      target.zero(from, to - from);
    } else {
      target.setLength(to);
    }
  }
}
