package io.diskimage.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An input over another one. A read into several buffers is one read for each, so that what a
 * subclass does to a read holds for all of them.
 */
public abstract class ForwardingImageInput implements ImageInput {
  private final ImageInput source;

  /**
   * An input over another one.
   *
   * @param source closed with this one
   */
  protected ForwardingImageInput(ImageInput source) {
    this.source = source;
  }

  @Override
  public String location() {
    return source.location();
  }

  @Override
  public long length() {
    return source.length();
  }

  @Override
  public long modificationTime() {
    return source.modificationTime();
  }

  @Override
  public void requireUnchanged() throws IOException {
    source.requireUnchanged();
  }

  @Override
  public ReadAdvice advice() {
    return source.advice();
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    return source.read(position, target);
  }

  @Override
  public void rest() {
    source.rest();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
