package io.diskimage.format.hostile;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;

/**
 * Where Jazzer comes in: bytes of a file stand the {@link Ordeal} of the driver that {@code
 * -Ddiskimage.fuzz=DRIVER} names.
 */
public final class FuzzTarget {
  static final String DRIVER = "diskimage.fuzz";

  /** How much slower loops are in classes that Jazzer instruments, at least. */
  private static final int SLOWER = 10;

  private static final ImageFormat FORMAT =
      ImageFormats.byName(System.getProperty(DRIVER)).orElseThrow();

  private FuzzTarget() {}

  /** Called by Jazzer for each input. */
  public static void fuzzerTestOneInput(byte[] file) {
    Ordeal.of(FORMAT, file, SLOWER);
  }
}
