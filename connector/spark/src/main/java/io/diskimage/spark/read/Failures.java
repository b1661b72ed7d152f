package io.diskimage.spark.read;

import io.diskimage.format.ImageException;
import io.diskimage.format.LimitExceededException;
import io.diskimage.spark.options.LimitOptions;
import io.diskimage.spark.plan.StoreRefusal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import org.apache.spark.unsafe.types.UTF8String;

/** What readers do with problems of images. */
final class Failures {
  private Failures() {}

  /** The problem itself. */
  static IOException reason(IOException failure) {
    return failure instanceof OpenFailure open ? open.reason() : failure;
  }

  /** An interrupted task says nothing about the image: it is no row. */
  static void rethrowInterruption(IOException failure) throws IOException {
    if (failure instanceof InterruptedIOException
        || failure instanceof ClosedByInterruptException) {
      throw failure;
    }
  }

  /** Whether another attempt could do better: the store failed, not the image. */
  static boolean mayPass(IOException failure) {
    return !(reason(failure) instanceof ImageException);
  }

  /** Whether the store keeps the file to itself, which it will do again. */
  static boolean isRefusal(IOException failure) {
    return StoreRefusal.is(reason(failure));
  }

  /** A failure whose message names the file. */
  static IOException named(String path, IOException failure) {
    IOException reason = reason(failure);
    String message = reason.getMessage();
    if (message == null || !message.contains(path)) {
      return new IOException(path + ": " + reason + remedy(path, reason), reason);
    }
    String remedy = remedy(path, reason);
    return remedy.isEmpty() ? reason : new IOException(message + remedy, reason);
  }

  /** What users can do about it, to be put behind the message. */
  private static String remedy(String path, IOException reason) {
    return reason instanceof LimitExceededException exceeded && exceeded.limit() != null
        ? "; option " + LimitOptions.name(exceeded.limit()) + " raises it"
        : StoreRefusal.remedy(path, reason);
  }

  /** The value of an error struct: class, message, host offset. */
  static Object[] struct(String path, IOException failure) {
    IOException reason = reason(failure);
    String name = reason.getClass().getSimpleName();
    if (reason instanceof ImageException image) {
      boolean own = image.location().equals(path);
      String message = own ? image.detail() : image.getMessage();
      return struct(name, message + remedy(path, reason), image.hostOffset());
    }
    return struct(name, reason.getMessage() + remedy(path, reason), ImageException.NO_OFFSET);
  }

  private static Object[] struct(String name, String message, long hostOffset) {
    return new Object[] {
      UTF8String.fromString(name),
      UTF8String.fromString(message),
      hostOffset < 0 ? null : (Long) hostOffset
    };
  }
}
