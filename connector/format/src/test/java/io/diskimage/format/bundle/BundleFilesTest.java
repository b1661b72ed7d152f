package io.diskimage.format.bundle;

import static io.diskimage.format.bundle.DescriptorText.NO_PARENT;
import static io.diskimage.format.bundle.DescriptorText.TOP;
import static io.diskimage.format.bundle.DescriptorText.bytes;
import static io.diskimage.format.bundle.DescriptorText.descriptor;
import static io.diskimage.format.bundle.DescriptorText.guid;
import static io.diskimage.format.bundle.DescriptorText.image;
import static io.diskimage.format.bundle.DescriptorText.shot;
import static io.diskimage.format.bundle.DescriptorText.storage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.FaultyImageInput;
import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files a bundle opens, by which names, and that each is closed. */
class BundleFilesTest {

  private static String oneFile(String type, String name) {
    return descriptor(8, storage(0, 8, image(TOP, type, name)), shot(TOP, NO_PARENT));
  }

  private static BundleWriter disk() {
    BundleWriter disk = new BundleWriter(new Random(5), 40, 50);
    disk.write(3);
    disk.snapshot();
    disk.write(3);
    return disk;
  }

  /** Refused, with every storage file closed once and the descriptor left to the caller. */
  private static void assertRefused(
      String text,
      BundleFolder folder,
      OpenOptions options,
      Class<? extends ImageException> type,
      String message) {
    CountingImageInput input = BundleFolder.descriptor(bytes(text));
    assertThatThrownBy(() -> new BundleFormat().open(input, options))
        .isInstanceOf(type)
        .hasMessageContaining(message);
    assertThat(input.closes()).isZero();
    assertThat(folder.opened()).allMatch(opened -> opened.closes() == 1);
  }

  private static void assertRefused(
      String text, BundleFolder folder, Class<? extends ImageException> type, String message) {
    assertRefused(text, folder, folder.options(), type, message);
  }

  @Test
  void opensNoFileUnlessTheCallerAllowsIt() {
    BundleFolder folder = new BundleFolder().with(disk().files());
    assertRefused(
        disk().descriptor(),
        folder,
        OpenOptions.of(Purpose.READ),
        ReferenceDeniedException.class,
        "no reference is allowed here");
    assertThat(folder.asked()).isEmpty();
  }

  @Test
  void asksForFilesAsItListsThem() throws IOException {
    BundleWriter disk = disk();
    BundleFolder folder = new BundleFolder().with(disk.files());
    try (DiskImage image = folder.open(disk.descriptor())) {
      assertThat(folder.asked())
          .containsExactlyInAnyOrderElementsOf(image.references(new IoCounters()));
      assertThat(image.parents(new IoCounters())).isEmpty();
    }
  }

  @Test
  void closesWhatItOpenedWhenOneFileIsMissingDeniedOrOfAnotherKind() {
    BundleWriter disk = disk();
    for (String name : disk.files().keySet()) {
      BundleFolder missing = new BundleFolder().with(disk.files()).without(name);
      assertRefused(disk.descriptor(), missing, ReferenceMissingException.class, name);
      BundleFolder denied = new BundleFolder().with(disk.files()).denying(name);
      assertRefused(disk.descriptor(), denied, ReferenceDeniedException.class, name);
    }
    String top = disk.name(1, disk.top());
    BundleFolder other = new BundleFolder().with(disk.files()).with(top, new byte[600]);
    assertRefused(
        disk.descriptor(), other, NotAnImageException.class, top + ": Image not in Parallels");
    assertThat(other.opened()).as("up to that file").hasSize(3);
  }

  @Test
  void aPlainFileIsNeverProbed() throws IOException {
    byte[] content = HdsFile.compressed(8, 1, true).file();
    BundleFolder folder = new BundleFolder().with("f", content);
    try (DiskImage image = folder.open(oneFile("Plain", "f"));
        ImageContent reader = new ImageContent(image, new IoCounters())) {
      byte[] read = new byte[content.length];
      reader.read(0, read, 0, read.length);
      assertThat(read).isEqualTo(content);
    }
  }

  @Test
  void oneFileCannotStandForTwo() {
    HdsFile file = HdsFile.compressed(4, 1, true);
    BundleFolder folder = new BundleFolder().with("f", file.file()).with("./f", file.file());
    String twoLayers =
        storage(0, 4, image(guid(1), "Compressed", "f"), image(TOP, "Compressed", "./f"));
    String twoParts =
        storage(0, 4, image(TOP, "Compressed", "f"))
            + storage(4, 8, image(TOP, "Compressed", "./f"));
    String layered = descriptor(4, twoLayers, shot(guid(1), NO_PARENT) + shot(TOP, guid(1)));
    String split = descriptor(8, twoParts, shot(TOP, NO_PARENT));
    for (String text : List.of(layered, split)) {
      assertRefused(
          text, folder, CorruptImageException.class, "disk.hdd/f stands for two storage files");
    }
    folder.with("DiskDescriptor.xml", bytes("text"));
    assertRefused(
        oneFile("Plain", "DiskDescriptor.xml"),
        folder,
        CorruptImageException.class,
        "DiskDescriptor.xml stands for two storage files");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x.hds", "../../other/x.hds", "json:{}", "a b/é.hds", "C:\\x.hds"})
  void relativeNamesAreForTheGateToJudgeAsTheyAre(String name) {
    BundleFolder folder = new BundleFolder().denying(name);
    assertRefused(oneFile("Compressed", name), folder, ReferenceDeniedException.class, name);
    assertThat(folder.askedNames()).containsExactly(name);
  }

  /** In the order of parallels-bundle.md section 6 row 10. */
  @Test
  void anAbsoluteNameOfAnotherMachineIsLookedForAroundTheBundle() throws IOException {
    String name = "/Users/me/win.pvm/win.hdd/f.hds";
    List<String> around = List.of("f.hds", "../win.hdd/f.hds", "../../win.pvm/win.hdd/f.hds");
    List<String> all = new ArrayList<>(List.of(name));
    all.addAll(around);
    BundleFolder none = new BundleFolder().denying(name);
    assertRefused(oneFile("Plain", name), none, ReferenceDeniedException.class, name);
    assertThat(none.askedNames()).isEqualTo(all);
    for (int i = 0; i < all.size(); i++) {
      BundleFolder folder = new BundleFolder().with(all.get(i), new byte[8 * 512]);
      folder.open(oneFile("Plain", name)).close();
      assertThat(folder.askedNames()).isEqualTo(all.subList(0, i + 1));
    }
  }

  @Test
  void componentsThatLeadUpAreNotTakenFromAnAbsoluteName() {
    BundleFolder folder = new BundleFolder();
    assertRefused(oneFile("Plain", "/a/../f"), folder, ReferenceMissingException.class, "/a/../f");
    assertThat(folder.askedNames()).containsExactly("/a/../f", "f");
    BundleFolder up = new BundleFolder();
    assertRefused(oneFile("Plain", "/a/.."), up, ReferenceMissingException.class, "/a/..");
    assertThat(up.askedNames()).containsExactly("/a/..");
    BundleFolder root = new BundleFolder();
    assertRefused(oneFile("Plain", "//"), root, ReferenceMissingException.class, "//");
    assertThat(root.askedNames()).containsExactly("//");
  }

  @Test
  void theNumberOfFilesIsBounded() {
    StringBuilder storages = new StringBuilder();
    for (int i = 0; i <= StorageFiles.MAX_FILES; i++) {
      storages.append(storage(i, i + 1, image(TOP, "Plain", "f" + i)));
    }
    String text = descriptor(StorageFiles.MAX_FILES + 1, storages.toString(), shot(TOP, NO_PARENT));
    BundleFolder folder = new BundleFolder();
    assertRefused(text, folder, LimitExceededException.class, "more than 4096 storage files");
    assertThat(folder.asked()).isEmpty();
  }

  @Test
  void theBoundsOfTheCallerHold() throws IOException {
    BundleWriter disk = disk();
    BundleFolder folder = new BundleFolder().with(disk.files());
    OpenOptions shallow = folder.options().withLimits(Limits.DEFAULT.withChainDepth(0));
    assertRefused(
        disk.descriptor(),
        folder,
        shallow,
        LimitExceededException.class,
        "the chain of layers is too deep (limit chainDepth = 0)");
    assertThat(folder.asked()).isEmpty();
    String text = disk.descriptor();
    OpenOptions small =
        folder.options().withLimits(Limits.DEFAULT.withXmlBytes(bytes(text).length - 1));
    assertRefused(text, folder, small, LimitExceededException.class, "(limit xmlBytes = ");
    Limits exact = Limits.DEFAULT.withXmlBytes(bytes(text).length).withChainDepth(1);
    new BundleFormat()
        .open(BundleFolder.descriptor(bytes(text)), folder.options().withLimits(exact))
        .close();
  }

  @Test
  void aFailingCloseHidesNoOtherFile() throws IOException {
    BundleWriter disk = disk();
    BundleFolder folder = new BundleFolder().with(disk.files());
    ReferenceGate gate =
        (from, reference) ->
            new ForwardingImageInput(folder.open(from, reference)) {
              @Override
              public void close() throws IOException {
                super.close();
                throw new IOException("cannot close " + reference.target());
              }
            };
    CountingImageInput input = BundleFolder.descriptor(bytes(disk.descriptor()));
    DiskImage image =
        new BundleFormat().open(input, OpenOptions.of(Purpose.READ).withReferences(gate));
    assertThatThrownBy(image::close)
        .hasMessageStartingWith("cannot close")
        .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(3));
    assertThat(folder.opened()).hasSize(4).allMatch(opened -> opened.closes() == 1);
    assertThat(input.closes()).isEqualTo(1);
  }

  @Test
  void aClosedBundleOpensNothingMore() throws IOException {
    BundleWriter disk = disk();
    BundleFolder folder = new BundleFolder().with(disk.files());
    DiskImage image = folder.open(disk.descriptor());
    image.close();
    String snapshot = disk.snapshots().keySet().iterator().next();
    assertThatThrownBy(() -> image.at(snapshot)).hasMessageContaining("closed");
    assertThat(folder.opened()).hasSize(4).allMatch(opened -> opened.closes() == 1);
  }

  /** Also of a file that fails while it is opened. */
  @Test
  void failingReadsNeverBecomeContent() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    BundleWriter disk = disk();
    int failed = 0;
    for (int i = 0; i < 100; i++) {
      BundleFolder folder = new BundleFolder().with(disk.files());
      ReferenceGate gate =
          (from, reference) ->
              new FaultyImageInput(folder.open(from, reference), random.nextLong(), 0.1);
      byte[] read = new byte[disk.guest().length];
      try (DiskImage image =
              new BundleFormat()
                  .open(
                      BundleFolder.descriptor(bytes(disk.descriptor())),
                      OpenOptions.of(Purpose.READ).withReferences(gate));
          ImageContent content = new ImageContent(image, new IoCounters())) {
        content.read(0, read, 0, read.length);
        assertThat(read).as("seed %d", seed).isEqualTo(disk.guest());
      } catch (ImageException wrong) {
        throw new AssertionError("a failing disk is not the image's fault, seed " + seed, wrong);
      } catch (IOException injected) {
        assertThat(injected).hasMessageContaining("injected");
        failed++;
      }
      assertThat(folder.opened()).as("seed %d", seed).allMatch(opened -> opened.closes() == 1);
    }
    assertThat(failed).as("seed %d", seed).isPositive();
  }

  /** Over files of a few sectors. */
  @Test
  void theLargestDiskIsReadToItsEnd() throws IOException {
    long sectors = 1L << 53;
    HdsFile file = HdsFile.compressed(4, 2, true);
    byte[] content = ImagePatch.content(1, 1024);
    file.write(1024, content, new byte[2048]);
    String text =
        descriptor(
            sectors,
            storage(0, sectors - 4, image(TOP, "Compressed", "f"))
                + storage(sectors - 4, sectors, image(TOP, "Compressed", "g")),
            shot(TOP, NO_PARENT));
    BundleFolder folder = new BundleFolder().with("f", file.file()).with("g", file.file());
    try (DiskImage image = folder.open(text.replace(">2048<", ">18014398509481983<"));
        ImageContent reader = new ImageContent(image, new IoCounters())) {
      assertThat(image.virtualSize()).isEqualTo(sectors * 512).isPositive();
      assertThat(image.clusterSize()).isEqualTo(64 << 10);
      assertThat(image.allocation(new IoCounters()).total()).isEqualTo(2048);
      byte[] read = new byte[1024];
      reader.read(sectors * 512 - 1024, read, 0, 1024);
      assertThat(read).isEqualTo(content);
      ExtentCursor runs = image.extents(2048, sectors * 512 - 2048, new IoCounters());
      assertThat(runs.next()).isTrue();
      assertThat(runs.length()).isEqualTo(sectors * 512 - 4096);
      assertThat(runs.kind()).isEqualTo(ExtentKind.UNALLOCATED);
      assertThat(runs.next()).isFalse();
    }
  }

  /** Tables of 16 MiB in all, where one image may keep 8 MiB: the second walk reads them again. */
  @Test
  void manyFilesShareTheMemoryForTables() throws IOException {
    int parts = 1024;
    int sectors = 4096;
    byte[] file = HdsFile.compressed(sectors, 1, true).file();
    ReferenceGate gate = (from, reference) -> new BytesImageInput(reference.target(), file);
    StringBuilder storages = new StringBuilder();
    for (int i = 0; i < parts; i++) {
      storages.append(
          storage((long) i * sectors, (i + 1L) * sectors, image(TOP, "Compressed", "f" + i)));
    }
    String text = descriptor((long) parts * sectors, storages.toString(), shot(TOP, NO_PARENT));
    OpenOptions options = OpenOptions.of(Purpose.READ).withReferences(gate);
    try (DiskImage image = new BundleFormat().open(BundleFolder.descriptor(bytes(text)), options)) {
      for (int walk = 0; walk < 2; walk++) {
        IoCounters io = new IoCounters();
        ExtentCursor runs = image.extents(0, image.virtualSize(), io);
        long length = 0;
        while (runs.next()) {
          length += runs.length();
        }
        assertThat(length).isEqualTo(image.virtualSize());
        assertThat(io.metadataBytes()).isEqualTo(parts * 4L * sectors);
      }
    }
  }

  @Test
  void anUnknownTypeIsAMatterOfTheLayersThatAreRead() throws IOException {
    String text =
        descriptor(
            4,
            storage(0, 4, image(guid(1), "Compressed", "root"), image(guid(2), "Other", "top")),
            "<TopGUID>%s</TopGUID>".formatted(guid(1))
                + shot(guid(1), NO_PARENT)
                + shot(guid(2), guid(1)));
    BundleFolder folder = new BundleFolder().with("root", HdsFile.compressed(4, 1, true).file());
    try (DiskImage image = folder.open(text)) {
      assertThatThrownBy(() -> image.at(guid(2)))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("type 'Other'");
      assertThat(image.references(new IoCounters()))
          .extracting(Reference::targetFormat)
          .containsExactly("parallels", null);
    }
  }
}
