package io.diskimage.spark.publish;

import io.diskimage.format.ForwardingTarget;
import io.diskimage.format.LocalImageTarget;
import java.io.IOException;

/** A local file under the name of the image's destination, which knows whether it was closed. */
class DraftTarget extends ForwardingTarget {
  private final String location;
  private boolean closed;

  DraftTarget(LocalImageTarget file, String location) {
    super(file);
    this.location = location;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    super.close();
  }

  /** Holds that nobody writes any more. */
  void requireClosed() {
    if (!closed) {
      throw new IllegalStateException(location + ": the image is published before it is closed");
    }
  }
}
