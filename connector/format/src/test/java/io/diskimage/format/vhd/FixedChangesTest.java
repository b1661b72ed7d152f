package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.write.MemoryTarget;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Another size of a fixed disk; histories of resizes are judged elsewhere. */
class FixedChangesTest {
  private static final int SIZE = 40 * 512;

  private final VhdFormat format = new VhdFormat();

  /** A disk with room behind its end, as after a crash, of bytes that are nobody's. */
  private static MemoryTarget disk(int unusedSectors, int footerBytes) throws IOException {
    MemoryTarget file = new MemoryTarget();
    byte[] bytes = VhdBytes.fixed(SIZE);
    byte[] unused = ImagePatch.content(2, unusedSectors * 512);
    file.write(0, bytes, 0, SIZE);
    file.write(SIZE, unused, 0, unused.length);
    file.write(SIZE + unused.length, bytes, SIZE, footerBytes);
    return file;
  }

  @ParameterizedTest
  @CsvSource({"0,512", "0,511", "1,512", "7,512", "20,511", "100,512"})
  void endsInItsFooterAtEverySize(int unusedSectors, int footerBytes) throws IOException {
    for (int sectors : new int[] {1, 39, 41, 46, 47, 48, 60, 61, 140, 141, 1000}) {
      MemoryTarget file = disk(unusedSectors, footerBytes);
      try (WritableDiskImage image = format.openForWriting(file, WriteOptions.DEFAULT)) {
        image.resize(sectors * 512L, true);
        assertThat(image.virtualSize()).isEqualTo(sectors * 512L);
      }
      byte[] expected = Arrays.copyOf(ImagePatch.content(1, SIZE), sectors * 512);
      if (sectors * 512 < SIZE) {
        expected = Arrays.copyOf(VhdBytes.fixed(SIZE), sectors * 512);
      }
      byte[] content = new byte[expected.length];
      file.readPadded(0, content, 0, content.length);
      assertThat(content).as("%d sectors", sectors).isEqualTo(expected);
      assertThat(file.length()).isEqualTo(expected.length + 512);
      byte[] footer = new byte[512];
      file.readPadded(expected.length, footer, 0, footer.length);
      VhdFooter fields = VhdFooter.parse(footer);
      assertThat(fields.hasValidChecksum()).isTrue();
      assertThat(fields.currentSize()).isEqualTo(expected.length);
      assertThat(fields.originalSize()).isEqualTo(SIZE);
      assertThat(Geometry.of(fields)).isEqualTo(Geometry.of(sectors));
      assertThat(VhdChecks.check(file.copy(), CheckOptions.of(CheckLevel.FULL)).verdict())
          .isEqualTo(Verdict.CLEAN);
      assertThat(format.open(file, OpenOptions.of(Purpose.READ)).virtualSize())
          .isEqualTo(expected.length);
    }
  }

  @Test
  void hasAtLeastASector() throws IOException {
    MemoryTarget file = disk(0, 512);
    try (WritableDiskImage image = format.openForWriting(file, WriteOptions.DEFAULT)) {
      assertThatThrownBy(() -> image.resize(0, true))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("at least one sector");
      assertThatThrownBy(() -> image.resize((2040L << 30) + 512, true))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("max size is 2040 GiB");
    }
    assertThat(file.length()).isEqualTo(SIZE + 512);
  }
}
