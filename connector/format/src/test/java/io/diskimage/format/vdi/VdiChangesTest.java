package io.diskimage.format.vdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.chain.LayeredImage;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.FaultyTarget;
import io.diskimage.format.oracle.write.FaultyTarget.Fault;
import io.diskimage.format.oracle.write.MemoryTarget;
import io.diskimage.format.write.ModelledImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to writing VDI; histories of all drivers are judged elsewhere. */
class VdiChangesTest {
  private static final int MIB = VdiBytes.MIB;

  private final VdiFormat format = new VdiFormat();

  @TempDir private Path folder;

  private ModelledImage created(String name, long size, boolean isStatic) throws IOException {
    CreateOptions options = CreateOptions.ofSize(size).with("static", isStatic ? "on" : "off");
    return new ModelledImage(format.create(LocalImageTarget.create(folder.resolve(name)), options));
  }

  private WritableDiskImage opened(byte[] file, WriteOptions options) throws IOException {
    Path path = folder.resolve("composed.vdi");
    Files.write(path, file);
    LocalImageTarget target = LocalImageTarget.open(path);
    try {
      return format.openForWriting(target, options);
    } catch (IOException refused) {
      target.close();
      assertThat(Files.readAllBytes(path)).isEqualTo(file);
      throw refused;
    }
  }

  /** Holds that QEMU finds nothing wrong and sees what the guest has to see. */
  private void judge(String name, byte[] guest) throws IOException {
    QemuImg.requireOrSkip();
    Path file = folder.resolve(name);
    QemuImg.run("check", "-q", "-f", "vdi", file.toString());
    Path raw = folder.resolve(name + ".raw");
    QemuImg.convertToRaw("vdi", file, raw);
    assertThat(Arrays.mismatch(Files.readAllBytes(raw), guest)).isEqualTo(-1);
  }

  private VdiHeader header(String name) throws IOException {
    return VdiHeader.parse(Files.readAllBytes(folder.resolve(name)));
  }

  @Test
  void closesUpNumbersThatWereGivenUp() throws IOException {
    ModelledImage image = created("a.vdi", 8 * MIB, false).write(0, 6 * MIB, 1);
    image.discard(MIB, MIB).discard(3 * MIB, MIB + 5).zero(0, MIB, true).verify().close();

    assertThat(header("a.vdi").blocksAllocated()).isEqualTo(3);
    assertThat(Files.size(folder.resolve("a.vdi"))).isEqualTo(0x400 + 3 * MIB);
    judge("a.vdi", image.guest());
  }

  @Test
  void usesNumbersAgainOnceTheMapIsStored() throws IOException {
    ModelledImage image = created("a.vdi", 4 * MIB, false).write(0, 4 * MIB, 1);
    // Here there is no fifth number to take.
    image.discard(MIB, MIB).write(MIB + 700, 9, 2).verify();
    image.discard(0, MIB).flush().write(MIB / 2, MIB, 3).verify().close();

    assertThat(Files.size(folder.resolve("a.vdi"))).isEqualTo(0x400 + 4 * MIB);
    judge("a.vdi", image.guest());
  }

  @Test
  void keepsTheBlocksOfAStaticImageInTheirPlaces() throws IOException {
    ModelledImage image = created("a.vdi", 3 * MIB + 512, true).write(5, 2 * MIB, 1);
    image.discard(0, MIB).zero(MIB, 2 * MIB, true).resize(6 * MIB).write(4 * MIB, 700, 2);
    image.verify().close();

    byte[] map = Arrays.copyOfRange(Files.readAllBytes(folder.resolve("a.vdi")), 0x200, 0x218);
    for (int i = 0; i < 6; i++) {
      assertThat(map[4 * i]).isEqualTo((byte) i);
    }
    judge("a.vdi", image.guest());
  }

  @ParameterizedTest
  @CsvSource({"0,128,false", "3,129,false", "128,130,false", "128,129,true"})
  void growsWithinItsMapAndBeyond(int stored, int blocks, boolean isStatic) throws IOException {
    ModelledImage image = created("a.vdi", 128 * MIB - 512, isStatic);
    for (int i = 0; i < stored; i++) {
      image.write((long) i * MIB + 1000, 3000, i);
    }
    image.resize((long) blocks * MIB).verify();
    image.write((blocks - 1L) * MIB - 300, 600, 7).write(126L * MIB, 3 * 512, 8).verify().close();
    judge("a.vdi", image.guest());
  }

  /**
   * The map goes to where the first block may be next.
   *
   * @param at number of the change that fails: of the map, half of which is there, or of the length
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void showsNothingOfAMapThatCouldNotMove(int at) throws IOException {
    MemoryTarget file = new MemoryTarget();
    format.create(file, CreateOptions.ofSize(128L * MIB)).close();
    FaultyTarget target = new FaultyTarget(file, Fault.once(at, true));
    try (WritableDiskImage image = format.openForWriting(target, WriteOptions.DEFAULT)) {
      assertThatThrownBy(() -> image.resize(300L * MIB, false)).isInstanceOf(IOException.class);
      image.write(5, new byte[] {1}, 0, 1);
      byte[] expected = new byte[MIB];
      expected[5] = 1;
      byte[] actual = new byte[MIB];
      try (ImageContent shown = new ImageContent(image, new IoCounters())) {
        shown.read(0, actual, 0, MIB);
      }
      assertThat(Arrays.mismatch(actual, expected)).isEqualTo(-1);
    }
  }

  @Test
  void showsZerosWhereItGrowsAgain() throws IOException {
    ModelledImage image = created("a.vdi", 9 * MIB, false);
    for (int i = 8; i >= 0; i--) {
      image.write((long) i * MIB, MIB, i);
    }
    image.resize(3 * MIB + 512).verify().resize(9 * MIB).verify().close();
    assertThat(header("a.vdi").blocksAllocated()).isEqualTo(4);
    judge("a.vdi", image.guest());
  }

  @Test
  void leavesAnImageAloneThatIsNotChanged() throws IOException {
    // The count is too high and there is a hole, as a crash leaves them.
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, 4 * MIB, 2, VdiBytes.NONE, 0, VdiBytes.NONE);
    try (WritableDiskImage image = opened(file, WriteOptions.DEFAULT)) {
      image.flush();
    }
    assertThat(Files.readAllBytes(folder.resolve("composed.vdi"))).isEqualTo(file);
  }

  @Test
  void mendsItsCountWhenItIsChanged() throws IOException {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, 4 * MIB, 2, VdiBytes.NONE, 0, VdiBytes.NONE);
    ImagePatch.littleEndian(file).u32(0x184, 1);
    byte[] guest = VdiBytes.guest(4 * MIB, 2, VdiBytes.NONE, 0, VdiBytes.NONE);
    WritableDiskImage image = opened(file, WriteOptions.DEFAULT);
    ModelledImage written = new ModelledImage(image, image, guest).write(3 * MIB, 10, 1);
    written.verify().close();
    judge("composed.vdi", written.guest());
    assertThat(header("composed.vdi").description()).isEqualTo("a comment");
    assertThat(header("composed.vdi").logicalGeometry().cylinders()).isEqualTo(65);
  }

  @Test
  void refusesAMapThatWritingWouldMakeWorse() {
    int[] twice = {0, 1, 0};
    int[] nowhere = {0, 3};
    assertThatThrownBy(() -> opened(image(at -> {}, twice), WriteOptions.DEFAULT))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("block index 2 also used");
    assertThatThrownBy(() -> opened(image(at -> at.u32(0x204, 77), nowhere), WriteOptions.DEFAULT))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("block index 1 too large, is 77");
    assertThatThrownBy(() -> opened(image(at -> at.u32(0x17c, 512), 0), WriteOptions.DEFAULT))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("block_extra");
  }

  private static byte[] image(Consumer<ImagePatch> change, int... map) {
    byte[] file = VdiBytes.image(VdiBytes.DYNAMIC, (long) map.length * MIB, map);
    change.accept(ImagePatch.littleEndian(file));
    return file;
  }

  private record Pair(DiskImage parent, VdiLayer child) {}

  /** A child of whose five blocks one is stored and one discarded, over a longer parent. */
  private Pair pair() throws IOException {
    Random random = new Random(1);
    VdiLayer parent = VdiLayer.disk(random, 7 * MIB, MIB, 0);
    parent.write(0, ImagePatch.content(1, 7 * MIB));
    VdiLayer child = parent.child(random, 4 * MIB + 512, MIB, 0);
    child.write(MIB, ImagePatch.content(2, 1024));
    child.zero(2 * MIB, MIB);
    DiskImage below =
        format.open(new BytesImageInput("parent.vdi", parent.file()), OpenOptions.of(Purpose.READ));
    return new Pair(below, child);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aChildShowsItsParentWhereItIsNotWritten(long seed) throws IOException {
    Pair pair = pair();
    WriteOptions over = WriteOptions.DEFAULT.withBacking(pair.parent());
    WritableDiskImage image = opened(pair.child().file(), over);
    DiskImage disk = LayeredImage.of(List.of(image, pair.parent()));
    ModelledImage written = new ModelledImage(image, disk, pair.child().guest());
    written.write(3 * MIB + 5, 9, seed).write(4 * MIB, 512, seed).write(2 * MIB + 7, 9, seed);
    written.verify().requests(new Random(seed), 30, MIB).verify().close();

    byte[] file = Files.readAllBytes(folder.resolve("composed.vdi"));
    DiskImage again =
        format.open(new BytesImageInput("child.vdi", file), OpenOptions.of(Purpose.READ));
    ModelledImage.assertShows(LayeredImage.of(List.of(again, pair.parent())), written.guest());
    assertThat(header("composed.vdi").hasLink()).isTrue();
  }

  @Test
  void aChildHidesWhatItsParentHasBehindItsOldEnd() throws IOException {
    Pair pair = pair();
    WritableDiskImage image =
        opened(pair.child().file(), WriteOptions.DEFAULT.withBacking(pair.parent()));
    DiskImage disk = LayeredImage.of(List.of(image, pair.parent()));
    ModelledImage written = new ModelledImage(image, disk, pair.child().guest());
    written.discard(0, MIB).resize(7 * MIB).verify().close();
  }

  @Test
  void aChildHasNoSectorHalfZeroWhenAWriteFails() throws IOException {
    Pair pair = pair();
    byte[] before = pair.child().guest();
    byte[] after = before.clone();
    Arrays.fill(after, 3 * MIB + 100, 3 * MIB + 200_000, (byte) 0);
    int writes = shownAfterZeros(pair, Fault.NONE, after, after);
    assertThat(writes).isGreaterThan(3);
    for (int at = 0; at < writes; at++) {
      shownAfterZeros(pair, Fault.once(at, false), before, after);
    }
  }

  /** Holds each sector to one of two states; returns how many writes the zeros needed. */
  private int shownAfterZeros(Pair pair, Fault fault, byte[] before, byte[] after)
      throws IOException {
    MemoryTarget file = new MemoryTarget();
    file.write(0, pair.child().file(), 0, pair.child().file().length);
    FaultyTarget target = new FaultyTarget(file, fault);
    WriteOptions over = WriteOptions.DEFAULT.withBacking(pair.parent());
    try (WritableDiskImage image = format.openForWriting(target, over)) {
      try {
        image.writeZeroes(3 * MIB + 100, 199_900, true);
      } catch (IOException failure) {
        assertThat(target.failures()).isOne();
      }
      DiskImage disk = LayeredImage.of(List.of(image, pair.parent()));
      byte[] sector = new byte[512];
      try (ImageContent shown = new ImageContent(disk, new IoCounters())) {
        for (int at = 3 * MIB; at < 4 * MIB; at += sector.length) {
          shown.read(at, sector, 0, sector.length);
          int end = at + sector.length;
          boolean known =
              Arrays.equals(sector, Arrays.copyOfRange(before, at, end))
                  || Arrays.equals(sector, Arrays.copyOfRange(after, at, end));
          assertThat(known).as("sector at %d, %s", at, fault).isTrue();
        }
      }
      return target.count();
    }
  }

  @Test
  void aChildWithoutItsParentTakesWholeBlocksOnly() throws IOException {
    try (WritableDiskImage image = opened(pair().child().file(), WriteOptions.DEFAULT)) {
      image.write(0, new byte[MIB], 0, MIB);
      assertThatThrownBy(() -> image.write(3 * MIB, new byte[MIB], 0, MIB - 1))
          .isInstanceOf(ReferenceDeniedException.class);
      ExtentCursor run = image.extents(3 * MIB, 4 * MIB, new IoCounters());
      assertThat(run.next()).isTrue();
      assertThat(run.kind()).isEqualTo(ExtentKind.BACKING);
    }
  }
}
