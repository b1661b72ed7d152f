package io.diskimage.spark.io;

import io.diskimage.format.ImageInput;
import io.diskimage.format.ReadAdvice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes an input off the count of open ones when it is closed. */
final class CountedInput implements ImageInput {
  private final ImageInput input;
  private final AtomicInteger open;
  private final AtomicBoolean closed = new AtomicBoolean();

  CountedInput(ImageInput input, AtomicInteger open) {
    this.input = input;
    this.open = open;
  }

  @Override
  public String location() {
    return input.location();
  }

  @Override
  public long length() {
    return input.length();
  }

  @Override
  public long modificationTime() {
    return input.modificationTime();
  }

  @Override
  public void requireUnchanged() throws IOException {
    input.requireUnchanged();
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    return input.read(position, target);
  }

  @Override
  public int read(long position, ByteBuffer[] targets) throws IOException {
    return input.read(position, targets);
  }

  @Override
  public void rest() {
    input.rest();
  }

  @Override
  public ReadAdvice advice() {
    return input.advice();
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      open.decrementAndGet();
      input.close();
    }
  }
}
