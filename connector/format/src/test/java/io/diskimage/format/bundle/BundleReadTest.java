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

import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.Extent;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import io.diskimage.format.SnapshotNotFoundException;
import io.diskimage.format.StoredInput;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guest data of bundles (parallels-bundle.md sections 3 to 5). */
class BundleReadTest {

  private static byte[] read(DiskImage image, int from, int to) throws IOException {
    byte[] content = new byte[to - from];
    try (ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(from, content, 0, content.length);
    }
    return content;
  }

  private static byte[] read(DiskImage image) throws IOException {
    return read(image, 0, Math.toIntExact(image.virtualSize()));
  }

  private static List<Extent> runs(DiskImage image, long from, long to) throws IOException {
    List<Extent> runs = new ArrayList<>();
    ExtentCursor cursor = image.extents(from, to, new IoCounters());
    while (cursor.next()) {
      assertThat(cursor.failure()).isNull();
      runs.add(Extent.of(cursor));
    }
    return runs;
  }

  /** Two snapshots and two parts, whose border lies inside of a cluster. */
  private static BundleWriter twoOfEach(Random random) {
    BundleWriter disk = new BundleWriter(random, 333, 500);
    disk.write(6);
    disk.snapshot();
    disk.write(4);
    disk.snapshot();
    disk.write(3);
    return disk;
  }

  @Test
  void readsTheCurrentStateAndEverySnapshotOfASplitDisk() throws IOException {
    BundleWriter disk = twoOfEach(new Random(7));
    BundleFolder folder = new BundleFolder().with(disk.files());
    try (DiskImage image = folder.open(disk.descriptor())) {
      assertThat(image.virtualSize()).isEqualTo(833 * 512);
      assertThat(image.info().snapshotCount()).isEqualTo(2);
      assertThat(read(image)).isEqualTo(disk.guest());
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::id)
          .containsExactlyInAnyOrderElementsOf(
              disk.snapshots().keySet().stream().map(each -> each.replaceAll("[{}]", "")).toList());
      for (Map.Entry<String, byte[]> snapshot : disk.snapshots().entrySet()) {
        assertThat(read(image.at(snapshot.getKey()))).isEqualTo(snapshot.getValue());
      }
    }
    assertThat(folder.opened()).hasSize(6);
  }

  /** Part sizes, layers, cluster sizes, versions, types and branches are random. */
  @Test
  void readsWhatTheGuestWrote() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      String what = "seed " + seed + ", bundle " + i;
      BundleWriter disk = random(random);
      Charset encoding = i % 4 == 0 ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
      String text = disk.descriptor().replace("UTF-8", encoding.name());
      BundleFolder folder = new BundleFolder().with(disk.files());
      CountingImageInput descriptor = BundleFolder.descriptor(text.getBytes(encoding));
      try (DiskImage image = new BundleFormat().open(descriptor, folder.options())) {
        assertThat(read(image)).as(what).isEqualTo(disk.guest());
        for (int part = 0; part < 20; part++) {
          int from = random.nextInt(disk.guest().length);
          int to = from + random.nextInt(disk.guest().length - from + 1);
          assertThat(Arrays.equals(read(image, from, to), 0, to - from, disk.guest(), from, to))
              .as("%s, %d to %d", what, from, to)
              .isTrue();
        }
        assertThat(folder.opened()).as(what).hasSize(disk.parts() * disk.depth());
        for (Map.Entry<String, byte[]> snapshot : disk.snapshots().entrySet()) {
          DiskImage then = image.at(snapshot.getKey().toUpperCase(Locale.ROOT));
          assertThat(read(then)).as(what).isEqualTo(snapshot.getValue());
          assertThat(image.at(snapshot.getKey())).as("found again").isSameAs(then);
          assertThat(then.at(disk.top())).isSameAs(image);
        }
        assertRunsFitTogether(image, random, what);
        assertThat(descriptor.closes()).as(what).isZero();
        assertThat(folder.opened()).as(what).allMatch(input -> input.closes() == 0);
      }
      assertThat(descriptor.closes()).as(what).isEqualTo(1);
      assertThat(folder.opened()).as(what).allMatch(input -> input.closes() == 1);
      assertThat(folder.askedNames()).as("each opened once, %s", what).doesNotHaveDuplicates();
    }
  }

  private static BundleWriter random(Random random) {
    int[] parts = new int[1 + random.nextInt(3)];
    Arrays.setAll(parts, part -> 1 + random.nextInt(400));
    BundleWriter disk = new BundleWriter(random, parts);
    disk.write(random.nextInt(6));
    for (int i = random.nextInt(4); i > 0; i--) {
      if (random.nextInt(4) == 0 && !disk.snapshots().isEmpty()) {
        disk.goBackTo(disk.snapshots().keySet().iterator().next());
      } else {
        disk.snapshot();
      }
      disk.write(random.nextInt(5));
    }
    return disk;
  }

  /** No gaps, clipping changes nothing, and the allocation is the sum of what is stored. */
  private static void assertRunsFitTogether(DiskImage image, Random random, String what)
      throws IOException {
    long size = image.virtualSize();
    List<Extent> whole = runs(image, 0, size);
    long next = 0;
    long stored = 0;
    for (Extent run : whole) {
      assertThat(run.offset()).as(what).isEqualTo(next);
      next += run.length();
      stored += run.kind().stored() ? run.length() : 0;
    }
    assertThat(next).as(what).isEqualTo(size);
    assertThat(image.allocation(new IoCounters()).total()).as(what).isEqualTo(stored);
    for (int i = 0; i < 20; i++) {
      long at = random.nextInt((int) size);
      Extent clipped = runs(image, at, Math.min(size, at + 1)).get(0);
      Extent around =
          whole.stream()
              .filter(run -> run.offset() <= at && at < run.offset() + run.length())
              .findFirst()
              .orElseThrow();
      assertThat(clipped.kind()).as(what).isEqualTo(around.kind());
      assertThat(clipped.depth()).as(what).isEqualTo(around.depth());
      assertThat(clipped.hostOffset())
          .as(what)
          .isEqualTo(around.hostOffset() < 0 ? -1 : around.hostOffset() + at - around.offset());
    }
  }

  /** Clusters of a sector; the second part has its data at its own places. */
  @Test
  void runsSayInWhichFileAndLayerTheirBytesLie() throws IOException {
    HdsFile[][] files = new HdsFile[2][2];
    for (int part = 0; part < 2; part++) {
      files[part][0] = HdsFile.compressed(4, 1, true);
      files[part][0].write(512, ImagePatch.content(part, 1024), new byte[2048]);
      files[part][1] = HdsFile.compressed(4, 1, false);
      files[part][1].write(1024, ImagePatch.content(part + 2, 512), new byte[2048]);
    }
    BundleFolder folder = new BundleFolder();
    for (int part = 0; part < 2; part++) {
      folder.with("root" + part, files[part][0].file()).with("top" + part, files[part][1].file());
    }
    String text =
        descriptor(
            8,
            storage(0, 4, image(guid(1), "Compressed", "root0"), image(TOP, "Compressed", "top0"))
                + storage(
                    4, 8, image(guid(1), "Compressed", "root1"), image(TOP, "Compressed", "top1")),
            shot(guid(1), NO_PARENT) + shot(TOP, guid(1)));
    int stored = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
    try (DiskImage image = folder.open(text)) {
      assertThat(image.inputs())
          .extracting(StoredInput::input)
          .extracting(input -> input.location().substring(BundleFolder.FOLDER.length()))
          .containsExactly("DiskDescriptor.xml", "top0", "root0", "top1", "root1");
      List<Extent> runs = new ArrayList<>();
      List<Integer> inputs = new ArrayList<>();
      ExtentCursor cursor = image.extents(0, 8 * 512, new IoCounters());
      while (cursor.next()) {
        runs.add(Extent.of(cursor));
        inputs.add(cursor.input());
      }
      assertThat(runs)
          .containsExactly(
              new Extent(0, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 1),
              new Extent(512, 512, ExtentKind.DATA, stored, 512, 1),
              new Extent(1024, 512, ExtentKind.DATA, stored, 512, 0),
              new Extent(1536, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 1),
              new Extent(2048, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 1),
              new Extent(2560, 512, ExtentKind.DATA, stored, 512, 1),
              new Extent(3072, 512, ExtentKind.DATA, stored, 512, 0),
              new Extent(3584, 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 1));
      assertThat(inputs).containsExactly(2, 2, 1, 2, 4, 4, 3, 4);
    }
  }

  /** Behind the end of the top layer there are zeros, whatever lies below. */
  @Test
  void filesMayBeShorterOrLongerThanTheirPart() throws IOException {
    byte[] longer = ImagePatch.content(1, 10 * 512);
    byte[] shorter = ImagePatch.content(2, 3 * 512 + 100);
    HdsFile root = HdsFile.compressed(9, 4, true);
    byte[] rootContent = ImagePatch.content(3, 9 * 512);
    root.write(0, rootContent, new byte[9 * 512]);
    HdsFile shortTop = HdsFile.compressed(3, 2, true);
    byte[] topContent = ImagePatch.content(4, 512);
    shortTop.write(512, topContent, Arrays.copyOf(rootContent, 3 * 512));
    String layers =
        storage(0, 8, image(guid(1), "Plain", "longer"), image(TOP, "Compressed", "a"))
            + storage(8, 16, image(guid(1), "Plain", "shorter"), image(TOP, "Compressed", "b"))
            + storage(16, 24, image(guid(1), "Compressed", "root"), image(TOP, "Compressed", "c"));
    BundleFolder folder =
        new BundleFolder()
            .with("longer", longer)
            .with("a", HdsFile.compressed(20, 1, true).file())
            .with("shorter", shorter)
            .with("b", HdsFile.compressed(8, 1, true).file())
            .with("root", root.file())
            .with("c", shortTop.file());
    byte[] expected = new byte[24 * 512];
    System.arraycopy(longer, 0, expected, 0, 8 * 512);
    System.arraycopy(shorter, 0, expected, 8 * 512, shorter.length);
    System.arraycopy(rootContent, 0, expected, 16 * 512, 3 * 512);
    System.arraycopy(topContent, 0, expected, 17 * 512, 512);
    try (DiskImage image =
        folder.open(descriptor(24, layers, shot(guid(1), NO_PARENT) + shot(TOP, guid(1))))) {
      assertThat(read(image)).isEqualTo(expected);
      assertThat(runs(image, 19 * 512, 24 * 512))
          .containsExactly(
              new Extent(19 * 512, 5 * 512, ExtentKind.UNALLOCATED, ExtentCursor.ZERO, -1, 0));
    }
  }

  @Test
  void otherBranchesAreOpenedWhenTheyAreAskedFor() throws IOException {
    BundleWriter disk = new BundleWriter(new Random(3), 100);
    disk.write(3);
    String root = disk.snapshot();
    disk.write(2);
    String side = disk.top();
    disk.goBackTo(root);
    disk.write(2);
    BundleFolder folder = new BundleFolder().with(disk.files());
    String missing = disk.name(0, side);
    byte[] file = disk.files().get(missing);
    folder.without(missing);
    try (DiskImage image = folder.open(disk.descriptor())) {
      assertThat(folder.askedNames()).doesNotContain(missing).hasSize(2);
      List<StoredInput> current = image.inputs();
      assertThat(current).hasSize(3);
      assertThat(read(image)).isEqualTo(disk.guest());
      assertThatThrownBy(() -> image.at(side)).hasMessageContaining(missing);
      folder.with(missing, file);
      assertThat(read(image.at(side))).isEqualTo(disk.snapshots().get(side));
      assertThat(folder.opened()).hasSize(3);
      assertThat(image.inputs()).startsWith(current.toArray(StoredInput[]::new)).hasSize(4);
      assertThat(image.at(side).inputs()).containsExactlyInAnyOrderElementsOf(image.inputs());
    }
    assertThat(folder.opened()).allMatch(input -> input.closes() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "current", "{00000000-0000-0000-0000-000000000000}"})
  void knowsNoOtherSnapshot(String name) throws IOException {
    BundleWriter disk = twoOfEach(new Random(1));
    try (DiskImage image = new BundleFolder().with(disk.files()).open(disk.descriptor())) {
      assertThatThrownBy(() -> image.at(name))
          .isInstanceOf(SnapshotNotFoundException.class)
          .hasMessageContaining("'" + name + "'");
    }
  }

  @Test
  void describingOpensNothingElse() throws IOException {
    BundleWriter disk = twoOfEach(new Random(1));
    BundleFolder folder = new BundleFolder().with(disk.files());
    for (Purpose purpose : new Purpose[] {Purpose.INFO, Purpose.CHECK}) {
      OpenOptions options = OpenOptions.of(purpose).withReferences(folder);
      CountingImageInput input = BundleFolder.descriptor(bytes(disk.descriptor()));
      try (DiskImage image = new BundleFormat().open(input, options)) {
        assertThat(image.snapshots()).hasSize(2);
        assertThat(image.at(image.snapshots().get(0).id()).virtualSize()).isEqualTo(833 * 512);
        assertThat(image.allocation(new IoCounters()).total()).isZero();
        assertThatThrownBy(() -> image.extents(0, 512, new IoCounters()))
            .isInstanceOf(UnsupportedImageException.class);
        assertThatThrownBy(image::inputs).isInstanceOf(UnsupportedImageException.class);
      }
      assertThat(input.closes()).isEqualTo(1);
    }
    assertThat(folder.asked()).isEmpty();
  }
}
