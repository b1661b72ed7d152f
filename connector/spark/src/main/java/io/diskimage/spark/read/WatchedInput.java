package io.diskimage.spark.read;

import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageInput;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Remembers that the store failed: to a check what cannot be read is a finding like others. */
final class WatchedInput extends ForwardingImageInput {
  private volatile IOException failure;

  WatchedInput(ImageInput input) {
    super(input);
  }

  /** The last failure of the store, or null. */
  IOException failure() {
    return failure;
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    try {
      return super.read(position, target);
    } catch (IOException unreadable) {
      throw noted(unreadable);
    }
  }

  @Override
  public void requireUnchanged() throws IOException {
    try {
      super.requireUnchanged();
    } catch (IOException unknown) {
      throw noted(unknown);
    }
  }

  private IOException noted(IOException reason) {
    if (Failures.mayPass(reason)) {
      failure = reason;
    }
    return reason;
  }
}
