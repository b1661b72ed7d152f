package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.IoCounters;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.CreateCase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Images of the format Parallels with bitmaps that begin clean, on disks of zeros: what is not zero
 * is dirty in every bitmap that there is, after a crash, too.
 */
public final class ParallelsBitmapsWriterProfile extends ParallelsWriterProfile {

  @Override
  public List<CreateCase> createMatrix() {
    return List.of();
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of();
  }

  /** QEMU 7.2 writes over the clusters of bitmaps (parallels.md section 5.5). */
  @Override
  public boolean isWrittenByQemu() {
    return false;
  }

  /** It takes those clusters for leaks, too (parallels.md section 7.1). */
  @Override
  public boolean isSound(QemuImg.Check check, CreateCase created) {
    return check.exitCode() == 0 || check.exitCode() == 3;
  }

  @Override
  public WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    new ParallelsCreator(target, created.createOptions()).create();
    Random random = new Random(created.size());
    long sectors = ExtensionBytes.header(target).sectors();
    new ExtensionBytes(target, random)
        .with(ModelledBitmap.clean(sectors, 1, random), 0)
        .with(ModelledBitmap.clean(sectors, 32, random), 0)
        .store();
    return openForWriting(target, created, directory);
  }

  @Override
  public DiskImage open(ImageInput input, CreateCase created, Path directory) throws IOException {
    DiskImage image = super.open(input, created, directory);
    for (BitmapInfo bitmap : image.bitmaps(new IoCounters())) {
      requireAllThatIsStored(image, bitmap.name());
    }
    return image;
  }

  private static void requireAllThatIsStored(DiskImage image, String bitmap) throws IOException {
    DirtyRanges ranges = image.dirtyRanges(bitmap, 0, image.virtualSize(), new IoCounters());
    try (ImageContent content = new ImageContent(image, new IoCounters())) {
      while (ranges.next()) {
        assertThat(ranges.failure()).isNull();
        if (!ranges.isDirty()) {
          byte[] clean = new byte[(int) ranges.length()];
          content.read(ranges.offset(), clean, 0, clean.length);
          assertThat(clean)
              .as("clean by bitmap %s at %d", bitmap, ranges.offset())
              .isEqualTo(new byte[clean.length]);
        }
      }
    }
  }
}
