package io.diskimage.format.raw;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.write.WrittenImage;
import java.io.IOException;

/** A file that is written as a disk. */
final class RawWriter extends WrittenImage {
  private RawImage view;
  private long viewedLength;

  RawWriter(ImageTarget target) {
    super(target);
    look();
  }

  private void look() {
    viewedLength = target().length();
    view = new RawImage(target());
  }

  /** A file that ends within a sector grows when that is written. */
  @Override
  protected DiskImage view() {
    if (target().length() != viewedLength) {
      look();
    }
    return view;
  }

  @Override
  protected void put(long guestOffset, byte[] source, int offset, int length) throws IOException {
    target().write(guestOffset, source, offset, length);
  }

  @Override
  protected void zero(long guestOffset, long length, boolean unmap) throws IOException {
    target().zero(guestOffset, length);
  }

  @Override
  protected void drop(long guestOffset, long length) throws IOException {
    target().zero(guestOffset, length);
  }

  @Override
  protected void changeSize(long virtualSize) throws IOException {
    target().setLength(virtualSize);
  }

  @Override
  protected void sync() throws IOException {
    target().flush();
  }
}
