package io.diskimage.format.vhd;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.write.WrittenImage;
import java.io.IOException;

/** A fixed disk that is written: guest offsets are host offsets, and the footer ends the file. */
final class FixedWriter extends WrittenImage {
  private final DiskImage view;

  FixedWriter(ImageTarget target, VhdHeader header) throws ImageException {
    super(target);
    if (header.dynamic() != null) {
      throw new UnsupportedImageException(
          target.location(),
          VhdFooter.TYPE_AT,
          "fixed VHD that begins with a footer, which is only read");
    }
    if (header.diskSize() > target.sectorLength() - VhdFooter.BYTES) {
      throw new TruncatedImageException(
          target.location(),
          target.sectorLength() - VhdFooter.BYTES,
          "the footer stands before the end of a disk of " + header.diskSize() + " bytes");
    }
    this.view = new VhdImage(target, header, false, null);
  }

  @Override
  protected DiskImage view() {
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

  /** A fixed disk keeps its space. */
  @Override
  protected void drop(long guestOffset, long length) {}

  /** The footer would have to be where content is, or content where a footer is, in a crash. */
  @Override
  protected void changeSize(long virtualSize) throws IOException {
    throw new UnsupportedImageException(
        target().location(), ImageException.NO_OFFSET, "a fixed disk is not resized");
  }

  @Override
  protected void sync() throws IOException {
    try {
      target().flush();
    } catch (IOException unknown) {
      throw lose(unknown);
    }
  }
}
