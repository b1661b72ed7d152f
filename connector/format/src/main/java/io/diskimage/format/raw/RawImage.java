package io.diskimage.format.raw;

import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.table.SingleFileImage;
import io.diskimage.format.table.StraightCursor;

/** A file as a disk; its length is rounded up to whole sectors (README.md section 2). */
final class RawImage extends SingleFileImage {
  private final long length;

  RawImage(ImageInput input) {
    super(input, ImageInfo.of("raw", input.sectorLength()).build());
    this.length = input.length();
  }

  @Override
  protected ExtentCursor mapping(long from, long to, IoCounters io) {
    return new StraightCursor(from, to, length);
  }

  @Override
  protected void requireReadable() {
    // Nothing stands against reading a raw disk.
  }
}
