package io.diskimage.spark.read;

import io.diskimage.format.ImageInput;
import io.diskimage.format.ReadAdvice;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Remembers that the store failed: to a check what cannot be read is a finding like others. */
final class WatchedInput implements ImageInput {
  private final ImageInput input;
  private volatile IOException failure;

  WatchedInput(ImageInput input) {
    this.input = input;
  }

  /** The last failure of the store, or null. */
  IOException failure() {
    return failure;
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
  public ReadAdvice advice() {
    return input.advice();
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    try {
      return input.read(position, target);
    } catch (IOException unreadable) {
      throw noted(unreadable);
    }
  }

  @Override
  public void requireUnchanged() throws IOException {
    try {
      input.requireUnchanged();
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

  @Override
  public void close() throws IOException {
    input.close();
  }
}
