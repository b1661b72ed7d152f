package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.chain.BackingChain;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Differencing disks and what lies below them (vhd.md section 9). */
class DifferencingChainTest {
  private static final int SECTOR = VhdLayer.SECTOR;
  private static final int BLOCK = 64 << 10;
  private static final int SIZE = 5 * BLOCK + 3 * SECTOR;
  private static final String BASE = "/vm/base.vhd";
  private static final String CHILD = "/vm/child.vhd";

  private final Random random = new Random(21);

  private static DiskImage open(NamedFiles files, String path) throws IOException {
    OpenOptions options = OpenOptions.of(Purpose.READ).withReferences(files);
    DiskImage top = new VhdFormat().open(files.open(path), options);
    return BackingChain.open(top, options);
  }

  private static VhdLayer base(int size, int blockSize, Random ids) {
    return new VhdLayer(VhdBytes.DYNAMIC, size, blockSize).id(id(ids));
  }

  private static VhdLayer child(WrittenChain parent, int size, int blockSize, Random ids) {
    return new VhdLayer(VhdBytes.DIFFERENCING, size, blockSize)
        .id(id(ids))
        .parentId(parent.topId());
  }

  private static UUID id(Random random) {
    return new UUID(random.nextLong(), random.nextLong());
  }

  /** A base and a child of it, both written to; the child does not say yet where the base is. */
  private WrittenChain pair() {
    WrittenChain chain = new WrittenChain(random).add(BASE, base(SIZE, BLOCK, random)).write(8);
    return chain.add(CHILD, child(chain, SIZE, BLOCK, random)).write(5);
  }

  private static byte[] read(DiskImage disk) throws IOException {
    byte[] guest = new byte[(int) disk.virtualSize()];
    try (ImageContent content = new ImageContent(disk, new IoCounters())) {
      content.read(0, guest, 0, guest.length);
    }
    return guest;
  }

  private static void assertReadsAsWritten(WrittenChain chain) throws IOException {
    NamedFiles files = new NamedFiles(chain.files());
    try (DiskImage disk = open(files, chain.topPath())) {
      assertThat(Arrays.mismatch(read(disk), chain.guest())).isEqualTo(-1);
      ExtentCursor runs = disk.extents(0, disk.virtualSize(), new IoCounters());
      while (runs.next()) {
        for (long at = runs.offset(); at < runs.offset() + runs.length(); at += SECTOR) {
          int depth = chain.depthOf((int) (at / SECTOR));
          boolean held = depth != WrittenChain.NOBODY;
          assertThat(runs.kind().stored()).as("stored at %d", at).isEqualTo(held);
          assertThat((runs.flags() & ExtentCursor.ZERO) == 0)
              .as("not zero at %d", at)
              .isEqualTo(held);
          if (held) {
            assertThat(runs.depth()).as("depth at %d", at).isEqualTo(depth);
          }
        }
      }
    }
    assertThat(files.allClosed()).isTrue();
  }

  @Test
  void threeLayersOfDifferentBlocksAndSizesReadAsTheyWereWritten() throws IOException {
    WrittenChain chain =
        new WrittenChain(random).add("/vm/base/disk.vhd", base(SIZE, 4096, random)).write(12);
    chain.add(
        "/vm/middle.avhd",
        child(chain, SIZE - 100 * SECTOR, 32 << 10, random)
            .locator("W2ru", ".\\base\\disk.vhd")
            .scattered()
            .stale(random));
    chain.write(12);
    chain.add(
        "/vm/tops/a/top.vhd",
        child(chain, SIZE + 77 * SECTOR, 2 << 20, random)
            .locator("MacX", "file://./../../middle.avhd")
            .parentName("C:\\vm\\middle.avhd"));
    chain.write(6);
    assertReadsAsWritten(chain);
  }

  @Property(tries = 250)
  void randomChainsReadAsTheyWereWritten(@ForAll Random chosen) throws IOException {
    WrittenChain chain = new WrittenChain(chosen);
    int size = SECTOR * (1 + chosen.nextInt(900));
    switch (chosen.nextInt(4)) {
      case 0 -> chain.addRaw("/vm/disk 0.img", size);
      case 1 -> chain.add("/vm/disk 0.vhd", fixed(size, chosen));
      default -> chain.add("/vm/disk 0.vhd", vary(base(size, blockSize(chosen), chosen), chosen));
    }
    chain.write(chain.top() == null ? 0 : chosen.nextInt(12));
    int layers = 1 + chosen.nextInt(5);
    for (int i = 1; i <= layers; i++) {
      size = chosen.nextInt(3) > 0 ? size : SECTOR * (1 + chosen.nextInt(900));
      String path = chosen.nextBoolean() ? "/vm/disk " + i + ".vhd" : "/vm/sub/disk " + i + ".vhd";
      VhdLayer child = vary(child(chain, size, blockSize(chosen), chosen), chosen);
      child.stale(chosen);
      name(child, path, chain, chosen);
      chain.add(path, child).write(chosen.nextInt(12));
    }
    assertReadsAsWritten(chain);
  }

  private static VhdLayer fixed(int size, Random ids) {
    return new VhdLayer(VhdBytes.FIXED, size, 0).id(id(ids));
  }

  private static int blockSize(Random random) {
    return 4096 << random.nextInt(8);
  }

  private static VhdLayer vary(VhdLayer layer, Random random) {
    if (random.nextInt(4) == 0) {
      layer.byXen(random.nextBoolean() ? 1 : 0x00010003);
    }
    return random.nextBoolean() ? layer.scattered() : layer;
  }

  /**
   * Says where the parent is in one of the ways of vhd.md section 9.2, perhaps behind a wrong one.
   */
  private static void name(VhdLayer child, String path, WrittenChain chain, Random random) {
    String parent = chain.topPath();
    String last = parent.substring(parent.lastIndexOf('/') + 1);
    boolean beside = parent.equals(path.substring(0, path.lastIndexOf('/') + 1) + last);
    boolean fromVm = path.indexOf('/', 4) < 0;
    String relative = (fromVm ? "./" : "../") + parent.substring("/vm/".length());
    if (random.nextBoolean()) {
      child.locator("W2ru", ".\\not there.vhd");
    }
    switch (random.nextInt(beside ? 7 : 4)) {
      case 0 -> child.locator("W2ru", relative.replace('/', '\\'));
      case 1 -> child.locator("W2ku", relative.replace('/', '\\'));
      case 2 -> child.locator("MacX", "file://" + relative.replace(" ", "%20"));
      case 3 -> child.locator("MacX", "file://" + parent.replace(" ", "%20"));
      case 4 -> child.locator("W2ku", "D:\\elsewhere\\" + last);
      case 5 -> child.locator("Wi2k", "D:\\elsewhere\\" + last);
      default -> child.parentName(last.getBytes(child.nameCharset()));
    }
  }

  /** What stands in a block whose bit is not set means nothing to a child (vhd.md section 9.3). */
  @Test
  void ofADynamicParentOnlyTheSectorsOfTheBitmapCount() throws IOException {
    VhdLayer base = base(SIZE, BLOCK, random).stale(random);
    WrittenChain chain = new WrittenChain(random).add(BASE, base).write(8);
    chain.add(CHILD, child(chain, SIZE, BLOCK, random).parentName("base.vhd")).write(3);
    assertReadsAsWritten(chain);
  }

  /** As QEMU reads it: the bitmap of a disk that stands alone is not asked (vhd.md section 3). */
  @Test
  void ofADynamicDiskByItselfAllSectorsOfABlockCount() throws IOException {
    VhdLayer base = base(BLOCK, BLOCK, random).stale(random).allocate(0);
    byte[] file = base.file(random);
    try (DiskImage disk = open(new NamedFiles(Map.of(BASE, file)), BASE)) {
      byte[] stored = Arrays.copyOfRange(file, file.length - 512 - BLOCK, file.length - 512);
      assertThat(read(disk)).isEqualTo(stored);
    }
  }

  /** vhd.md section 9.4: a larger grandparent is not asked through a smaller parent. */
  @Test
  void behindTheEndOfAParentThereAreZeros() throws IOException {
    WrittenChain chain = new WrittenChain(random).add(BASE, base(SIZE, BLOCK, random));
    chain.write(0, ImagePatch.content(1, SIZE));
    chain.add("/vm/short.vhd", child(chain, BLOCK + SECTOR, BLOCK, random).parentName("base.vhd"));
    chain.add(CHILD, child(chain, SIZE, BLOCK, random).parentName("short.vhd"));
    byte[] expected = Arrays.copyOf(ImagePatch.content(1, SIZE), BLOCK + SECTOR);
    assertThat(chain.guest()).isEqualTo(Arrays.copyOf(expected, SIZE));
    assertReadsAsWritten(chain);
  }

  @Test
  void theParentIsFoundByTheSecondLocator() throws IOException {
    WrittenChain chain = pair();
    chain.top().locator("W2ru", ".\\moved\\base.vhd").locator("W2ku", "C:\\vm\\base.vhd");
    NamedFiles files = new NamedFiles(chain.files());
    try (DiskImage disk = open(files, CHILD)) {
      assertThat(read(disk)).isEqualTo(chain.guest());
    }
    assertThat(files.asked()).containsExactly("parent locator W2ru", "parent locator W2ku");
    assertThat(files.opened()).containsExactly(CHILD, BASE);
    assertThat(files.allClosed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"another disk", "no image", "bad checksum"})
  void whatIsNotTheParentIsPassedOver(String what) throws IOException {
    WrittenChain chain = pair();
    chain.top().locator("W2ru", ".\\wrong.vhd").parentName("base.vhd");
    Map<String, byte[]> disks = new HashMap<>(chain.files());
    byte[] wrong = base(SIZE, BLOCK, random).file(random);
    if (what.equals("no image")) {
      wrong = new byte[4096];
    } else if (what.equals("bad checksum")) {
      wrong[100] ^= 1;
    }
    disks.put("/vm/wrong.vhd", wrong);
    NamedFiles files = new NamedFiles(disks);
    try (DiskImage disk = open(files, CHILD)) {
      assertThat(read(disk)).isEqualTo(chain.guest());
    }
    assertThat(files.opened()).containsExactly(CHILD, "/vm/wrong.vhd", BASE);
    assertThat(files.allClosed()).isTrue();
  }

  private static void assertRefused(NamedFiles files, Class<?> type, String text) {
    assertThatThrownBy(() -> open(files, CHILD)).isInstanceOf(type).hasMessageContaining(text);
    assertThat(files.opened()).startsWith(CHILD);
    files.opened().stream()
        .skip(1)
        .forEach(path -> assertThat(files.reads(path).closes()).as(path).isEqualTo(1));
  }

  @Test
  void anotherDiskInThePlaceOfTheParentIsRefused() {
    WrittenChain chain = pair();
    String wanted = UUID.randomUUID().toString();
    chain.top().parentId(UUID.fromString(wanted)).parentName("base.vhd");
    assertRefused(new NamedFiles(chain.files()), ReferenceMissingException.class, wanted);
  }

  @Test
  void aMissingParentIsRefused() {
    WrittenChain chain = pair();
    chain.top().locator("W2ru", ".\\base.vhd").parentName("base.vhd");
    Map<String, byte[]> disks = new HashMap<>(chain.files());
    disks.remove(BASE);
    NamedFiles files = new NamedFiles(disks);
    assertRefused(files, ReferenceMissingException.class, BASE);
    assertThat(files.asked()).containsExactly("parent locator W2ru", "parent name", "parent id");
  }

  @Test
  void aChildThatNamesNobodyIsRefused() {
    WrittenChain chain = pair();
    chain.top().parentId(null);
    assertRefused(
        new NamedFiles(chain.files()), ReferenceMissingException.class, "names no parent");
  }

  /** Three children in a circle, with ids that agree. */
  @Test
  void aCircleIsRefused() {
    Map<String, byte[]> disks = new HashMap<>();
    String[] paths = {CHILD, "/vm/second.vhd", "/vm/third.vhd"};
    for (int i = 0; i < 3; i++) {
      String next = paths[(i + 1) % 3];
      VhdLayer layer =
          new VhdLayer(VhdBytes.DIFFERENCING, SIZE, BLOCK)
              .id(new UUID(7, i))
              .parentId(new UUID(7, (i + 1) % 3))
              .parentName(next.substring("/vm/".length()));
      disks.put(paths[i], layer.file(random));
    }
    assertRefused(new NamedFiles(disks), CorruptImageException.class, "comes back to " + CHILD);
  }

  @Test
  void aDiskThatIsItsOwnParentIsRefused() {
    WrittenChain chain = pair();
    chain.top().parentId(chain.topId()).parentName("child.vhd");
    assertRefused(
        new NamedFiles(chain.files()), CorruptImageException.class, "comes back to " + CHILD);
  }

  /** Nobody but the walk down a chain opens anything, and it opens no child of a dynamic disk. */
  @Test
  void aDynamicDiskHasNoParentWhateverItNames() throws IOException {
    Consumer<VhdLayer> naming = layer -> layer.parentId(id(random)).parentName("base.vhd");
    VhdLayer lonely = base(SIZE, BLOCK, random);
    naming.accept(lonely);
    NamedFiles files = new NamedFiles(Map.of(CHILD, lonely.file(random)));
    try (DiskImage disk = open(files, CHILD)) {
      assertThat(read(disk)).containsOnly(0);
    }
    assertThat(files.asked()).isEmpty();
  }

  /** QEMU takes the bitmap for full and knows no parent, which over one of zeros is the same. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void qemuReadsTheSameOverAParentOfZeros(long seed, @TempDir Path folder) throws IOException {
    QemuImg.requireOrSkip();
    Random chosen = new Random(seed);
    WrittenChain chain = new WrittenChain(chosen);
    chain.add(BASE, base(SIZE, BLOCK, chosen).id(new UUID(0, 0)));
    VhdLayer child = child(chain, SIZE, blockSize(chosen), chosen).parentName("base.vhd");
    chain.add(CHILD, (seed % 2 == 0 ? child.scattered() : child).locator("W2ru", ".\\base.vhd"));
    chain.write(10);
    byte[] file = chain.files().get(CHILD);
    Path image = Files.write(folder.resolve("child.vhd"), file);
    Path plain = folder.resolve("plain");
    QemuImg.run("convert", "-f", "vpc", "-O", "raw", image.toString(), plain.toString());
    assertThat(chain.guest()).isEqualTo(Files.readAllBytes(plain));
    assertThat(VhdChecks.check(file, CheckLevel.FULL).verdict()).isEqualTo(Verdict.CLEAN);
    NamedFiles files = new NamedFiles(Map.of(CHILD, file, "/vm/base.vhd", new byte[SIZE]));
    try (DiskImage disk = open(files, CHILD)) {
      assertThat(read(disk)).isEqualTo(chain.guest());
    }
  }

  @Test
  void failingReadsNeverBecomeContent() throws IOException {
    WrittenChain chain = pair();
    chain.top().parentName("base.vhd");
    NamedFiles files = new NamedFiles(chain.files());
    int failed = 0;
    for (long seed = 0; seed < 100; seed++) {
      try (DiskImage disk = open(files.failing(seed), CHILD)) {
        assertThat(read(disk)).as("seed %d", seed).isEqualTo(chain.guest());
      } catch (ImageException wrong) {
        throw new AssertionError("a failing disk is not the image's fault, seed " + seed, wrong);
      } catch (IOException injected) {
        assertThat(injected).hasMessageContaining("injected");
        failed++;
      }
    }
    assertThat(failed).isBetween(1, 99);
  }

  /** For each layer: footer, header, table and the bitmap of its block; then what is stored. */
  @Test
  void eachLayerIsReadForWhatItHasOnly() throws IOException {
    WrittenChain chain = new WrittenChain(random).add(BASE, base(4 << 20, 2 << 20, random));
    chain.write(0, ImagePatch.content(1, 2 << 20));
    chain.add(CHILD, child(chain, 4 << 20, 2 << 20, random).parentName("base.vhd"));
    chain.write(8, ImagePatch.content(2, 16 * SECTOR));
    NamedFiles files = new NamedFiles(chain.files());
    try (DiskImage disk = open(files, CHILD)) {
      assertThat(read(disk)).isEqualTo(chain.guest());
    }
    int metadata = 512 + 1024 + 2 * 4 + 512;
    assertThat(files.reads(CHILD).bytesRead()).isEqualTo(metadata + 16 * SECTOR);
    assertThat(files.reads(CHILD).reads()).isEqualTo(5);
    assertThat(files.reads(BASE).bytesRead()).isEqualTo(metadata + (2 << 20) - 16 * SECTOR);
    // The second run is longer than one request.
    assertThat(files.reads(BASE).reads()).isEqualTo(4 + 1 + 2);
  }
}
