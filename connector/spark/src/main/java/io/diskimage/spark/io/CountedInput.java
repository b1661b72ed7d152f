package io.diskimage.spark.io;

import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes an input off the count of open ones when it is closed. */
final class CountedInput extends ForwardingImageInput {
  private final ImageInput input;
  private final AtomicInteger open;
  private final AtomicBoolean closed = new AtomicBoolean();

  CountedInput(ImageInput input, AtomicInteger open) {
    super(input);
    this.input = input;
    this.open = open;
  }

  @Override
  public int read(long position, ByteBuffer[] targets) throws IOException {
    return input.read(position, targets);
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      open.decrementAndGet();
      super.close();
    }
  }
}
