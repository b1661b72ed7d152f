package io.diskimage.spark.io;

import io.diskimage.format.ImageChangedException;
import io.diskimage.spark.plan.ImageFile;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketTimeoutException;

/** What a failure of a store means for the file that was asked for. */
final class StoreFailure {
  /** What S3A throws when the object's version or ETag is another than at opening. */
  private static final String REMOTE_FILE_CHANGED = "RemoteFileChangedException";

  private StoreFailure() {}

  /**
   * The failure to go on with.
   *
   * @param hostOffset of the bytes asked for, or {@code ImageException.NO_OFFSET}
   * @return that the file changed, where the failure says so; never an interruption, unless the
   *     thread was interrupted
   */
  static IOException of(ImageFile file, long hostOffset, IOException failure) {
    if (failure instanceof FileNotFoundException) {
      return ImageInputs.gone(file, failure);
    }
    if (failure instanceof EOFException) {
      return new ImageChangedException(
          file.path(),
          hostOffset,
          "changed while reading: it ends before its length of " + file.length(),
          failure);
    }
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each.getClass().getSimpleName().equals(REMOTE_FILE_CHANGED)) {
        return new ImageChangedException(
            file.path(), hostOffset, "changed while reading: " + each.getMessage(), failure);
      }
    }
    // By its type it would be an interruption of the thread.
    return failure instanceof SocketTimeoutException
        ? new IOException(file.path() + ": the store does not answer in time: " + failure, failure)
        : failure;
  }
}
