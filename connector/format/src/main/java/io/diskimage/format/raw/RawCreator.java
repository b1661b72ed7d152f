package io.diskimage.format.raw;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;

/** Makes a file of a size, as {@code qemu-img create -f raw} does. */
final class RawCreator {
  private static final int SECTOR = 512;
  private static final int ZEROS = 1 << 20;

  private final long length;
  private final boolean preallocates;

  /**
   * A disk of a size.
   *
   * @throws InvalidOptionException if the options are refused
   */
  RawCreator(CreateOptions options) {
    FormatOptions given = FormatOptions.of(options);
    preallocates = given.hostPreallocation();
    given.requireNoOthers();
    if (options.virtualSize() > Long.MAX_VALUE - SECTOR) {
      throw new InvalidOptionException("The image size is too large for file format 'raw'");
    }
    length = (options.virtualSize() + SECTOR - 1) / SECTOR * SECTOR;
  }

  /** Makes all of the target zeros. Reserving space without writing is not known to Java. */
  void writeTo(ImageTarget target) throws IOException {
    target.setLength(0);
    target.setLength(length);
    byte[] zeros = new byte[(int) Math.min(ZEROS, length)];
    for (long at = 0; preallocates && at < length; at += zeros.length) {
      target.write(at, zeros, 0, (int) Math.min(zeros.length, length - at));
    }
    target.flush();
  }
}
