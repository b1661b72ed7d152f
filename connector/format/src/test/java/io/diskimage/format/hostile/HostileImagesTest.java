package io.diskimage.format.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.chain.BackingChain;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must become of each hostile image, and that all of them stand the {@link Ordeal}. */
class HostileImagesTest {
  private static final int RUNS = 1024;
  private static final int READ_BYTES = 64 << 10;

  static List<HostileImage> images() {
    return HostileImages.all();
  }

  @Test
  void haveNamesOfTheirOwn() {
    assertThat(images()).hasSizeGreaterThanOrEqualTo(40);
    assertThat(images()).extracting(HostileImage::name).doesNotHaveDuplicates();
    assertThat(images()).extracting(HostileImage::name).allMatch(name -> name.matches("[-^\\w]+"));
  }

  @ParameterizedTest
  @MethodSource("images")
  void endAsTheyMust(HostileImage image) throws IOException {
    if (image.refusal() == null) {
      carryOut(image);
    } else {
      assertThatThrownBy(() -> carryOut(image))
          .isInstanceOf(image.refusal())
          .hasMessageContaining(image.says())
          .message()
          .as("what a log shows of it")
          .doesNotContainPattern("[\\p{Cc}\\p{Zl}\\p{Zp}]");
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void areBounded(HostileImage image) throws IOException {
    ImageInput file = new FilesGate(image).top();
    ImageFormat format = ImageFormats.detect(file, true, new IoCounters());
    Assertions.assertDoesNotThrow(() -> Ordeal.of(format, file));
  }

  private static void carryOut(HostileImage hostile) throws IOException {
    FilesGate gate = new FilesGate(hostile);
    boolean describe = hostile.deed() == HostileImage.Deed.DESCRIBE;
    OpenOptions options =
        OpenOptions.of(describe ? Purpose.INFO : Purpose.READ)
            .withReferences(gate)
            .withPassphrases((image, uuid) -> new byte[] {'k'});
    ImageInput file = gate.top();
    ImageFormat format = ImageFormats.detect(file, true, new IoCounters());
    try (DiskImage image = format.open(file, options)) {
      switch (hostile.deed()) {
        case DESCRIBE -> image.references(new IoCounters());
        case READ -> read(image);
        case FOLLOW -> read(BackingChain.open(image, options));
      }
    }
  }

  private static void read(DiskImage image) throws IOException {
    long size = image.virtualSize();
    ExtentCursor runs = image.extents(0, size, new IoCounters());
    for (int i = 0; i < RUNS && runs.next(); i++) {
      assertThat(runs.length()).isPositive();
    }
    int length = (int) Math.min(READ_BYTES, size);
    try (ImageContent content = new ImageContent(image, new IoCounters())) {
      content.read(0, new byte[length], 0, length);
      content.read(size - length, new byte[length], 0, length);
    }
  }
}
