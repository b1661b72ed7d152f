package io.diskimage.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;

/** The images that come with the repository. */
final class SampleFleet {
  /** System property: the script that unpacks them and prints where they are. */
  static final String UNPACK = "diskimage.fleet.unpack";

  private SampleFleet() {}

  /** Whether this JVM was told how to unpack them. */
  static boolean available() {
    return System.getProperty(UNPACK) != null;
  }

  /** Unpacks them unless they are there; returns their directory. */
  static String unpack() {
    try {
      Process unpacking =
          new ProcessBuilder(System.getProperty(UNPACK))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String output =
          new String(unpacking.getInputStream().readAllBytes(), Charset.defaultCharset());
      if (unpacking.waitFor() != 0) {
        throw new IOException("the sample fleet could not be unpacked");
      }
      return output.strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while unpacking the sample fleet", e);
    }
  }
}
