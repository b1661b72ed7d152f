package io.diskimage.format.vdi;

import static io.diskimage.format.vdi.VdiBytes.DISCARDED;
import static io.diskimage.format.vdi.VdiBytes.MIB;
import static io.diskimage.format.vdi.VdiBytes.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.oracle.OracleAssertions;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers and maps that differ from those that QEMU writes (vdi.md sections 1 to 3). */
class VdiVariantsTest {
  private static final int[] MIXED = {1, NONE, 0, DISCARDED, 2};
  private static final int ODD_SIZE = 4 * MIB + 1536;

  @TempDir private Path folder;

  private static DiskImage open(byte[] file, Purpose purpose) throws IOException {
    return new VdiFormat().open(new BytesImageInput("disk.vdi", file), OpenOptions.of(purpose));
  }

  private static byte[] read(DiskImage image) throws IOException {
    byte[] content = new byte[Math.toIntExact(image.virtualSize())];
    try (ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(0, content, 0, content.length);
    }
    return content;
  }

  static Stream<Arguments> variants() {
    return Stream.of(
        variant("header of no length", at -> at.u32(0x48, 0)),
        variant("header of 0x17f bytes", at -> at.u32(0x48, 0x17f)),
        variant("header 1.1", at -> at.u32(0x48, 0x180)),
        variant("header between 1.1 and 1.1 plus", at -> at.u32(0x48, 0x18f)),
        variant("header of any length", at -> at.u32(0x48, 0xffffffffL)),
        variant("type 0", at -> at.u32(0x4c, 0)),
        variant("static with absent blocks", at -> at.u32(0x4c, 2)),
        variant("differencing without UUIDs", at -> at.u32(0x4c, 4)),
        variant("type 9", at -> at.u32(0x4c, 9)),
        variant("flags", at -> at.u32(0x50, 0xffffffffL)),
        variant("comment of 256 bytes", at -> at.bytes(0x54, ImagePatch.content(1, 256))),
        variant("geometry", at -> at.u32(0x15c, -1).u32(0x160, -1).u32(0x164, -1).u32(0x16c, -1)),
        variant("logical sectors of 4096 bytes", at -> at.u32(0x1d4, 4096)),
        variant("no allocated blocks", at -> at.u32(0x184, 0)),
        variant("more allocated blocks than there are", at -> at.u32(0x184, 0xffffffffL)),
        variant("null UUIDs", at -> at.bytes(0x188, new byte[32])),
        variant("size of one byte", at -> at.u64(0x170, 1)),
        variant("size up to the last byte of a sector", at -> at.u64(0x170, 3 * MIB + 511)),
        variant("size up to the first byte of a sector", at -> at.u64(0x170, 3 * MIB + 1)),
        variant("size of a sector more than blocks", at -> at.u64(0x170, 2 * MIB + 512)),
        variant("more blocks than the disk has", at -> at.u64(0x170, MIB)),
        variant("data closer to the map", at -> at.u32(0x200, 0).u32(0x208, NONE).u32(0x210, 2)),
        variant("an entry behind the file", at -> at.u32(0x204, 1000)),
        variant("the largest block number", at -> at.u32(0x204, 0xfffffffdL)),
        variant("two entries of one block", at -> at.u32(0x204, 1)));
  }

  private static Arguments variant(String name, Consumer<ImagePatch> change) {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    change.accept(ImagePatch.littleEndian(file));
    return Arguments.of(name, file);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variants")
  void readsWhatQemuReads(String name, byte[] file) throws IOException {
    assertSameAsQemu(name, file);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 511, 512, 513, MIB})
  void aFileThatEndsInItsLastBlockReadsAsQemuReadsIt(int missing) throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    assertSameAsQemu(missing + " bytes missing", Arrays.copyOf(file, file.length - missing));
  }

  /** VirtualBox aligns map and data by 512 bytes to 1 MiB, depending on its age. */
  @ParameterizedTest
  @ValueSource(ints = {512, 4096, MIB})
  void findsMapAndDataWhereTheHeaderSaysTheyAre(int alignment) throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    int map = Math.max(alignment, 512);
    int data = map + Math.max(alignment, 512);
    byte[] moved = new byte[data + 3 * MIB];
    System.arraycopy(file, 0, moved, 0, 512);
    System.arraycopy(file, 0x200, moved, map, 4 * MIXED.length);
    System.arraycopy(file, VdiBytes.OFFSET_DATA, moved, data, 3 * MIB);
    ImagePatch.littleEndian(moved).u32(0x154, map).u32(0x158, data);
    assertSameAsQemu("aligned to " + alignment, moved);
  }

  private void assertSameAsQemu(String name, byte[] file) throws IOException {
    QemuImg.requireOrSkip();
    Path disk = Files.write(folder.resolve("disk.vdi"), file);
    OracleView oracle = OracleView.of("vdi", disk);
    LocalImageInput input = LocalImageInput.open(disk);
    try (input;
        DiskImage image = new VdiFormat().open(input, OpenOptions.of(Purpose.READ))) {
      OracleAssertions.assertSame(image, oracle, name, new Random(1));
    }
  }

  /** QEMU ignores the field and reads the wrong bytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 512, 4096, MIB})
  void passesOverExtraBytesInFrontOfBlocks(int extra) throws IOException {
    Random random = new Random(extra);
    VdiLayer disk = VdiLayer.disk(random, ODD_SIZE, MIB, extra);
    disk.write(random, 6);
    try (DiskImage image = open(disk.file(), Purpose.READ)) {
      assertThat(read(image)).isEqualTo(disk.guest());
    }
  }

  @Test
  void extraBytesLieInFrontOfEveryBlock() throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    ImagePatch.littleEndian(file).u32(0x17c, 0x1000);
    try (DiskImage image = open(file, Purpose.READ)) {
      ExtentCursor runs = image.extents(0, MIB, new IoCounters());
      assertThat(runs.next()).isTrue();
      // offset_data + 1 * (block_size + block_extra) + block_extra
      assertThat(runs.hostOffset()).isEqualTo(0x400 + 0x101000 + 0x1000);
      assertThat(runs.length()).as("blocks do not continue each other").isEqualTo(MIB);
    }
  }

  @Test
  void refusesExtraBytesThatAreNoPowerOfTwo() throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    for (long extra : new long[] {3, 513, 0xffffffffL}) {
      ImagePatch.littleEndian(file).u32(0x17c, extra);
      assertThatThrownBy(() -> open(file, Purpose.READ))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("block_extra " + extra)
          .hasMessageContaining("host offset 380)");
      open(file, Purpose.INFO).close();
    }
  }

  @Test
  void aBlockBehindTheLargestFileOffsetIsAFaultOfItsEntry() throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, ODD_SIZE, MIXED);
    ImagePatch.littleEndian(file).u32(0x17c, 0x80000000L).u32(0x200, 0xfffffffdL);
    try (DiskImage image = open(file, Purpose.READ)) {
      ExtentCursor runs = image.extents(0, ODD_SIZE, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.failure()).isInstanceOf(CorruptImageException.class);
      assertThat(runs.length()).isEqualTo(MIB);
      assertThat(runs.next()).isTrue();
      assertThat(runs.failure()).isNull();
    }
  }

  /** VirtualBox creates some of these on request and opens all; QEMU refuses them. */
  @ParameterizedTest
  @ValueSource(ints = {128 << 10, 512 << 10, 2 << 20, 8 << 20, 128 << 20})
  void readsBlocksOfOtherSizes(int blockSize) throws IOException {
    Random random = new Random(blockSize);
    int size = Math.min(3 * blockSize, 5 * MIB) + 1024;
    VdiLayer disk = VdiLayer.disk(random, size, blockSize, 0);
    disk.write(random, 5);
    try (DiskImage image = open(disk.file(), Purpose.READ)) {
      assertThat(image.clusterSize()).isEqualTo(blockSize);
      assertThat(read(image)).isEqualTo(disk.guest());
    }
    assertThatThrownBy(() -> open(disk.file(), Purpose.CHECK))
        .as("as QEMU does")
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("(block size " + blockSize + " is not 1048576)");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 64 << 10, 256 << 20, (1 << 20) + 512, 3 << 19, 0x80000000L})
  void refusesBlockSizesThatVirtualBoxRefuses(long blockSize) {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, MIB, NONE);
    ImagePatch.littleEndian(file).u32(0x178, blockSize);
    assertThatThrownBy(() -> open(file, Purpose.READ))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("(block size " + blockSize + " is not 1048576)");
  }
}
