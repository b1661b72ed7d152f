package io.diskimage.format.check;

import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageInput;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file with a hole behind its content. */
public final class StretchedInput extends ForwardingImageInput {
  private final long length;

  public StretchedInput(ImageInput content, long length) {
    super(content);
    this.length = length;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    int before = target.position();
    int limit = (int) Math.min(target.capacity(), before + Math.max(0, length - position));
    int kept = target.limit();
    target.limit(Math.min(kept, limit));
    if (position < super.length()) {
      super.read(position, target);
    }
    while (target.hasRemaining()) {
      target.put((byte) 0);
    }
    target.limit(kept);
    return target.position() - before;
  }
}
