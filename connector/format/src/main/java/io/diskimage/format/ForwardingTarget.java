package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A target over another one. */
public abstract class ForwardingTarget extends ForwardingImageInput implements ImageTarget {
  private final ImageTarget target;

  /**
   * A target over another one.
   *
   * @param target closed with this one
   */
  protected ForwardingTarget(ImageTarget target) {
    super(target);
    this.target = target;
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    target.write(position, source);
  }

  @Override
  public void zero(long position, long length) throws IOException {
    target.zero(position, length);
  }

  @Override
  public void setLength(long length) throws IOException {
    target.setLength(length);
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }
}
