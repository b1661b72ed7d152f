package io.diskimage.format.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageFormatContract;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInfo;
import io.diskimage.format.IoCounters;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.Purpose;
import io.diskimage.format.SampleImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RawFormatTest extends ImageFormatContract {

  @Override
  protected String formatName() {
    return "raw";
  }

  @Override
  protected List<SampleImage> samples() {
    byte[] content = new byte[200_000];
    new Random(7).nextBytes(content);
    byte[] sectors = Arrays.copyOf(content, 100 * 512);
    return List.of(
        new SampleImage("whole sectors", "disk.raw", sectors, sectors),
        new SampleImage("cut sector", "disk.IMG", content, Arrays.copyOf(content, 391 * 512)),
        new SampleImage("one byte", "a.b.dd", new byte[] {5}, Arrays.copyOf(new byte[] {5}, 512)));
  }

  @Test
  void goesByTheNameAlone() {
    byte[] anything = {1, 2, 3};
    for (String name : List.of("disk", "disk.bin", "img", "disk.raw.gz")) {
      assertThatThrownBy(
              () ->
                  ImageFormats.detect(
                      new BytesImageInput("/vm/" + name, anything), true, new IoCounters()))
          .as(name)
          .isInstanceOf(NotAnImageException.class);
    }
  }

  @Test
  void opensAnEmptyFileWhenTheCallerSaysSo() throws IOException {
    try (DiskImage image = open(new byte[0], Purpose.READ)) {
      assertThat(image.virtualSize()).isZero();
      assertThat(image.extents(0, 0, new IoCounters()).next()).isFalse();
      assertThat(image.allocation(new IoCounters()).total()).isZero();
    }
  }

  @Test
  void saysNothingThatAFileWithoutHeaderCannotSay() throws IOException {
    try (DiskImage image = open(new byte[1000], Purpose.INFO)) {
      assertThat(image.info()).isEqualTo(ImageInfo.of("raw", 1024).build());
      assertThat(image.clusterSize()).isEqualTo(65536);
    }
  }

  @Test
  void behindTheEndOfTheFileNothingIsStored() throws IOException {
    try (DiskImage image = open(new byte[1000], Purpose.READ)) {
      ExtentCursor runs = image.extents(0, 1024, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.DATA);
      assertThat(runs.length()).isEqualTo(1000);
      assertThat(runs.next()).isTrue();
      assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(runs.offset()).isEqualTo(1000);
      assertThat(runs.length()).isEqualTo(24);
      assertThat(runs.next()).isFalse();
    }
  }
}
