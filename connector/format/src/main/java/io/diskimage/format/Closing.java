package io.diskimage.format;

import java.io.Closeable;
import java.io.IOException;

/** The end of several things that are closed together. */
public final class Closing {
  private Closing() {}

  /**
   * Closes all of them, whichever of them fail.
   *
   * @throws IOException the first failure, with the others suppressed in it
   */
  public static void all(Iterable<? extends Closeable> open) throws IOException {
    IOException failure = null;
    for (Closeable each : open) {
      try {
        each.close();
      } catch (IOException notClosed) {
        if (failure == null) {
          failure = notClosed;
        } else {
          failure.addSuppressed(notClosed);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
