package io.diskimage.format.parallels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.oracle.write.MemoryTarget;
import io.diskimage.format.write.ModelledImage;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is particular to writing Parallels; histories of all drivers are judged elsewhere. */
class ParallelsChangesTest {
  private static final long MIB = 1 << 20;
  private static final int CLUSTER = ParallelsBytes.CLUSTER;

  private final ParallelsFormat format = new ParallelsFormat();

  private static MemoryTarget file(byte[] bytes) throws IOException {
    MemoryTarget file = new MemoryTarget();
    file.write(0, bytes, 0, bytes.length);
    return file;
  }

  private static WriteOptions preallocating(String mode, String size) {
    return WriteOptions.DEFAULT.withOpen(
        OpenOptions.of(Purpose.WRITE)
            .withFormatOptions(Map.of("prealloc-mode", mode, "prealloc-size", size)));
  }

  private static long mark(MemoryTarget file) throws IOException {
    byte[] header = new byte[ParallelsHeader.BYTES];
    file.readPadded(0, header, 0, header.length);
    return ParallelsHeader.parse(header).inUse();
  }

  /** Lengths are those of parallels.md section 5.2, but that whole clusters are made. */
  @ParameterizedTest
  @CsvSource({
    "falloc,128M,136314880",
    "truncate,4M,6291456",
    "falloc,0,3145728",
    "truncate,1500k,3145728"
  })
  void makesSpaceInAdvanceAndCutsItAtTheEnd(String mode, String size, long open)
      throws IOException {
    MemoryTarget file = new MemoryTarget();
    CreateOptions options = CreateOptions.ofSize(10 * MIB).withWriting(preallocating(mode, size));
    ModelledImage image = new ModelledImage(format.create(file, options));
    assertThat(mark(file)).isEqualTo(ParallelsHeader.IN_USE);
    image.write(3 * MIB + 5, 700, 1);
    assertThat(file.length()).isEqualTo(open);
    image.verify().close();
    assertThat(file.length()).isEqualTo(2 * MIB);
    assertThat(mark(file)).isZero();
  }

  @Test
  void refusesAnotherModeOfMakingSpace() {
    assertThatThrownBy(
            () -> format.openForWriting(new MemoryTarget(), preallocating("full", "1M")).close())
        .isInstanceOf(InvalidOptionException.class)
        .hasMessage("invalid parameter value: full");
  }

  @Test
  void usesClustersAgainThatWereGivenUp() throws IOException {
    MemoryTarget file = new MemoryTarget();
    ModelledImage image = new ModelledImage(format.create(file, CreateOptions.ofSize(8 * MIB)));
    image.write(0, (int) (4 * MIB), 1).discard(MIB, (int) MIB).flush();
    image.write(6 * MIB + 100, 7, 2).verify().close();
    assertThat(file.length()).isEqualTo(5 * MIB);
  }

  @ParameterizedTest
  @CsvSource({"1,0", "1,7", "2,63"})
  void writesWhereTheDataOfAVersionBegin(int version, int dataOff) throws IOException {
    int[] table = {1, ParallelsBytes.NONE, 0, ParallelsBytes.NONE, 2};
    int sectors = 4 * ParallelsBytes.TRACKS + 11;
    MemoryTarget file = file(ParallelsBytes.image(version, sectors, dataOff, table));
    WritableDiskImage image = format.openForWriting(file, preallocating("truncate", "0"));
    byte[] guest = ParallelsBytes.guest(sectors, table);
    ModelledImage modelled = new ModelledImage(image, image, guest);
    modelled.requests(new Random(version), 40, CLUSTER).verify().close();
    ModelledImage.assertShows(
        format.open(file.copy(), OpenOptions.of(Purpose.READ)), modelled.guest());
  }

  @Test
  void refusesImagesThatNeedACheck() throws IOException {
    MemoryTarget unclean = file(ParallelsBytes.image(2, 63, 63, 0));
    byte[] mark = {0x59, 0x6e, 0x6f, 0x74};
    unclean.write(ParallelsHeader.IN_USE_AT, mark, 0, 4);
    assertThatThrownBy(() -> format.openForWriting(unclean, WriteOptions.DEFAULT))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining(
            "parallels: Image was not closed correctly; cannot be opened read/write");
    MemoryTarget twice = file(ParallelsBytes.image(2, 126, 63, 0, 0));
    long length = twice.length();
    assertThatThrownBy(() -> format.openForWriting(twice, WriteOptions.DEFAULT))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("Could not repair corrupted image");
    assertThat(mark(twice)).isZero();
    assertThat(twice.length()).isEqualTo(length);
    MemoryTarget outside = file(ParallelsBytes.image(2, 126, 63, 0, 1));
    outside.setLength(outside.length() - 512);
    assertThatThrownBy(() -> format.openForWriting(outside, WriteOptions.DEFAULT))
        .hasMessageContaining("Could not repair corrupted image");
  }

  @Test
  void hasNoOtherSize() throws IOException {
    try (WritableDiskImage image = format.create(new MemoryTarget(), CreateOptions.ofSize(MIB))) {
      assertThatThrownBy(() -> image.resize(2 * MIB, false))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("Image format driver does not support resize");
    }
  }
}
