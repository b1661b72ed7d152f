package io.diskimage.spark.read;

import io.diskimage.format.ImageException;
import java.io.IOException;

/** An image that cannot be opened although its format is known, for the rows of {@code images}. */
final class OpenFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final String format;
  private final ImageException reason;

  OpenFailure(String format, ImageException reason) {
    super(reason.getMessage(), reason);
    this.format = format;
    this.reason = reason;
  }

  /** Driver name. */
  String format() {
    return format;
  }

  ImageException reason() {
    return reason;
  }
}
