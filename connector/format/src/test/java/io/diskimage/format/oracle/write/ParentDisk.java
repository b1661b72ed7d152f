package io.diskimage.format.oracle.write;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.util.Random;

/** Disks below those that are written: raw, without zeros, and longer or shorter. */
public final class ParentDisk {
  private static final int SECTOR = 512;
  private static final int MOST_SECTORS = 400;

  private ParentDisk() {}

  /** The disk below an image, always the same one. */
  public static DiskImage of(CreateCase child) throws IOException {
    Random random = new Random(child.size());
    long sectors = (child.size() + SECTOR - 1) / SECTOR;
    long size = SECTOR * Math.max(1, sectors + random.nextInt(2 * MOST_SECTORS) - MOST_SECTORS);
    byte[] content = new Fill(-1 - random.nextInt(2)).bytes(Math.toIntExact(size));
    return ImageFormats.byName("raw")
        .orElseThrow()
        .open(new BytesImageInput("parent", content), OpenOptions.of(Purpose.READ));
  }
}
