package io.diskimage.spark.publish;

import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.LocalImageTarget;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A local file under the name of the image's destination, which knows whether it was closed. */
class DraftTarget extends ForwardingImageInput implements ImageTarget {
  private final LocalImageTarget file;
  private final String location;
  private boolean closed;

  DraftTarget(LocalImageTarget file, String location) {
    super(file);
    this.file = file;
    this.location = location;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    file.write(position, source);
  }

  @Override
  public void zero(long position, long length) throws IOException {
    file.zero(position, length);
  }

  @Override
  public void setLength(long length) throws IOException {
    file.setLength(length);
  }

  @Override
  public void flush() throws IOException {
    file.flush();
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
