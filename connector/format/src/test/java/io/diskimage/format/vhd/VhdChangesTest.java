package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.chain.LayeredImage;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.write.MemoryTarget;
import io.diskimage.format.write.ModelledImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to writing VHD; histories of all drivers are judged elsewhere. */
class VhdChangesTest {
  private static final int BLOCK = 4096;
  private static final int MIB = 1 << 20;

  private final VhdFormat format = new VhdFormat();

  private static MemoryTarget file(byte[] bytes) throws IOException {
    MemoryTarget file = new MemoryTarget();
    file.write(0, bytes, 0, bytes.length);
    return file;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream stored =
        VhdChangesTest.class.getResourceAsStream("/real-images/vhd/" + name)) {
      return stored.readAllBytes();
    }
  }

  private DiskImage opened(MemoryTarget file) throws IOException {
    return format.open(file.copy(), OpenOptions.of(Purpose.READ));
  }

  private static void assertClean(MemoryTarget file) throws IOException {
    assertThat(VhdChecks.check(file.copy(), CheckOptions.of(CheckLevel.FULL)).verdict())
        .isEqualTo(Verdict.CLEAN);
  }

  /** Stale bytes, alignment and areas of others: vhd.md section 5. */
  @ParameterizedTest
  @ValueSource(strings = {"win8-dynamic-40M.vhd", "vbox-dynamic-40M.vhd", "xapi-dynamic-40M.vhd"})
  void writesFilesOfOtherMakers(String name) throws IOException {
    MemoryTarget file = file(resource(name));
    ModelledImage image = new ModelledImage(format.openForWriting(file, WriteOptions.DEFAULT));
    image.write(8 * MIB + 5, 1, 1).write(MIB, 100, 2).flush().zero(MIB, 50, true);
    image.write(4 * MIB - 1, 5 * MIB, 3).verify().close();
    ModelledImage.assertShows(opened(file), image.guest());
    assertClean(file);
    if (name.startsWith("win8")) {
      assertThat(file.length() % 4096).isZero();
    }
  }

  @Test
  void writesAChildThatWindowsMade() throws IOException {
    MemoryTarget file = file(resource("win10-differencing-child-of-win8.vhd"));
    byte[] below = ImagePatch.content(3, 40 * MIB);
    DiskImage parent = raw(below);
    WritableDiskImage child = format.openForWriting(file, WriteOptions.DEFAULT.withBacking(parent));
    ModelledImage image = new ModelledImage(child, LayeredImage.of(List.of(child, parent)), below);
    image.write(3072, 1, 1).write(MIB + 100, 3 * MIB, 2).zero(512, 512, true).verify().close();
    ModelledImage.assertShows(LayeredImage.of(List.of(opened(file), parent)), image.guest());
    assertThat(opened(file).parents(new IoCounters()))
        .extracting(Reference::target)
        .contains(".\\win8.vhd");
    assertClean(file);
  }

  private static DiskImage raw(byte[] content) throws IOException {
    return ImageFormats.byName("raw")
        .orElseThrow()
        .open(new BytesImageInput("parent", content), OpenOptions.of(Purpose.READ));
  }

  @ParameterizedTest
  @CsvSource({"1,0", "2,0", "3,1", "4,1"})
  void aChildHoldsTheSectorsThatWereWritten(long seed, int xenVersion) throws IOException {
    Random random = new Random(seed);
    byte[] below = ImagePatch.content((int) seed, 37 * BLOCK - 512);
    DiskImage parent = raw(below);
    VhdLayer layer = new VhdLayer(VhdBytes.DIFFERENCING, 37 * BLOCK, BLOCK).stale(random);
    layer.parentName("parent").locator("W2ru", ".\\parent").scattered();
    if (xenVersion > 0) {
      layer.byXen(xenVersion);
    }
    byte[] before = Arrays.copyOf(below, 37 * BLOCK);
    byte[] written = ImagePatch.content(9, 3 * 512);
    layer.write(2 * BLOCK + 512, written);
    System.arraycopy(written, 0, before, 2 * BLOCK + 512, written.length);
    MemoryTarget file = file(layer.file(random));
    WritableDiskImage child = format.openForWriting(file, WriteOptions.DEFAULT.withBacking(parent));
    ModelledImage image = new ModelledImage(child, LayeredImage.of(List.of(child, parent)), before);
    image.requests(random, 60, BLOCK).verify().close();
    ModelledImage.assertShows(LayeredImage.of(List.of(opened(file), parent)), image.guest());
  }

  @Test
  void createsAChild() throws IOException {
    MemoryTarget below = new MemoryTarget();
    CreateOptions dynamic = CreateOptions.ofSize(5 * MIB).with("force_size", "on");
    ModelledImage bottom = new ModelledImage(format.create(below, dynamic));
    bottom.write(MIB, MIB, 1).close();
    DiskImage parent = opened(below);
    MemoryTarget file = new MemoryTarget();
    CreateOptions options =
        CreateOptions.ofSize(0)
            .with("backing_file", "base/disk.vhd")
            .withWriting(WriteOptions.DEFAULT.withBacking(parent));
    WritableDiskImage child = format.create(file, options);
    ModelledImage image =
        new ModelledImage(child, LayeredImage.of(List.of(child, parent)), bottom.guest());
    image.verify().write(MIB + 77, 5, 2).verify().close();

    DiskImage again = opened(file);
    ModelledImage.assertShows(LayeredImage.of(List.of(again, parent)), image.guest());
    assertThat(again.info().parentId()).isEqualTo(parent.info().imageId());
    assertThat(again.parents(new IoCounters()))
        .extracting(Reference::target)
        .startsWith(".\\base\\disk.vhd")
        .contains("disk.vhd");
    assertClean(file);
  }

  @Test
  void aChildWithoutItsParentTakesWholeSectorsOnly() throws IOException {
    VhdLayer layer = new VhdLayer(VhdBytes.DIFFERENCING, 2 * BLOCK, BLOCK).parentName("parent");
    MemoryTarget file = file(layer.file(new Random(1)));
    try (WritableDiskImage image = format.openForWriting(file, WriteOptions.DEFAULT)) {
      image.write(512, new byte[1024], 0, 1024);
      image.write(600, new byte[5], 0, 5);
      assertThatThrownBy(() -> image.write(100, new byte[5], 0, 5))
          .isInstanceOf(ReferenceDeniedException.class);
    }
  }

  /** 128 entries fill their sector. */
  @ParameterizedTest
  @ValueSource(ints = {VhdBytes.DYNAMIC, VhdBytes.DIFFERENCING})
  void growsItsTable(int type) throws IOException {
    Random random = new Random(5);
    int size = 128 * BLOCK - 1024;
    byte[] below = type == VhdBytes.DYNAMIC ? new byte[0] : ImagePatch.content(4, 300 * BLOCK);
    VhdLayer layer = new VhdLayer(type, size, BLOCK).id(new UUID(1, 2));
    if (type == VhdBytes.DIFFERENCING) {
      layer.parentName("parent").locator("W2ru", ".\\parent");
    }
    byte[] before = Arrays.copyOf(below, size);
    for (int index : new int[] {0, 3, 127}) {
      byte[] written = ImagePatch.content(index, 1024);
      layer.write(index * BLOCK, written);
      System.arraycopy(written, 0, before, index * BLOCK, written.length);
    }
    DiskImage parent = raw(below);
    MemoryTarget file = file(layer.file(random));
    WritableDiskImage image = format.openForWriting(file, WriteOptions.DEFAULT.withBacking(parent));
    DiskImage shown = type == VhdBytes.DYNAMIC ? image : LayeredImage.of(List.of(image, parent));
    ModelledImage modelled = new ModelledImage(image, shown, before);
    modelled.resize(200 * BLOCK);
    shown = type == VhdBytes.DYNAMIC ? image : LayeredImage.of(List.of(image, parent));
    modelled = new ModelledImage(image, shown, modelled.guest()).verify();
    modelled.write(199 * BLOCK, BLOCK, 7).write(40, 9, 8).verify().close();
    DiskImage again = opened(file);
    ModelledImage.assertShows(
        type == VhdBytes.DYNAMIC ? again : LayeredImage.of(List.of(again, parent)),
        modelled.guest());
    assertThat(VhdChecks.check(file.copy(), CheckOptions.of(CheckLevel.METADATA)).verdict())
        .isIn(Verdict.CLEAN, Verdict.LEAKS);
  }

  @Test
  void leavesADiskWithASavedStateAlone() throws IOException {
    byte[] bytes = VhdBytes.dynamic(VhdBytes.DYNAMIC, VhdBytes.BLOCK, VhdBytes.NONE);
    bytes[84] = 1;
    VhdBytes.sign(bytes);
    assertThatThrownBy(() -> format.openForWriting(file(bytes), WriteOptions.DEFAULT))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("saved state");
  }

  /**
   * Sectors of the bitmaps of two blocks of 129 sectors that the file has room for at 8 and 137.
   */
  @ParameterizedTest
  @CsvSource({
    "8,8,lies over another one",
    "8,136,lies over another one",
    "137,9,lies over another one",
    "1,137,lies over headers or tables",
    "0,137,lies over headers or tables",
    "8,138,lies over the footer",
    "8,139,The image has been truncated",
    "8,0x7fffffff,The image has been truncated"
  })
  void refusesBlocksThatLieOverOthers(String first, String second, String why) throws IOException {
    byte[] bytes = VhdBytes.dynamic(VhdBytes.DYNAMIC, 2 * VhdBytes.BLOCK, 0, 1);
    ImagePatch.bigEndian(bytes)
        .u32(VhdBytes.TABLE_AT, Long.decode(first))
        .u32(VhdBytes.TABLE_AT + 4, Long.decode(second));
    MemoryTarget file = file(bytes);
    assertThatThrownBy(() -> format.openForWriting(file, WriteOptions.DEFAULT))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(why);
    byte[] after = new byte[bytes.length];
    file.readPadded(0, after, 0, after.length);
    assertThat(after).isEqualTo(bytes);
  }

  @Test
  void writesWithBlocksInAnyOrder() throws IOException {
    byte[] bytes = VhdBytes.dynamic(VhdBytes.DYNAMIC, 3 * VhdBytes.BLOCK, 2, 0, 1);
    try (WritableDiskImage image = format.openForWriting(file(bytes), WriteOptions.DEFAULT)) {
      assertThat(image.virtualSize()).isEqualTo(3 * VhdBytes.BLOCK);
    }
  }

  @Test
  void setsAllBitsOfABlockThatIsWritten() throws IOException {
    byte[] bytes = VhdBytes.dynamic(VhdBytes.DYNAMIC, VhdBytes.BLOCK, 0);
    MemoryTarget file = file(bytes);
    try (WritableDiskImage image = format.openForWriting(file, WriteOptions.DEFAULT)) {
      image.write(700, new byte[1], 0, 1);
    }
    byte[] bitmap = new byte[VhdBytes.BLOCK / 4096];
    file.readPadded(VhdBytes.FIRST_BITMAP_AT, bitmap, 0, bitmap.length);
    assertThat(bitmap).containsOnly(0xff);
    assertClean(file);
  }
}
