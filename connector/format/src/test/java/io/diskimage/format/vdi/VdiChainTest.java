package io.diskimage.format.vdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.CountingImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageContent;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceGate;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.chain.BackingChain;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Differencing images (vdi.md section 9). QEMU refuses them: what the guest sees comes from the
 * history of its requests.
 */
class VdiChainTest {
  private static final int BLOCK = 128 << 10;

  /** Files by the UUID that names them, and what was opened of them. */
  private static final class Disks implements ReferenceGate {
    private final Map<String, byte[]> files = new HashMap<>();
    private final List<CountingImageInput> opened = new ArrayList<>();

    void put(UUID id, byte[] file) {
      files.put(id.toString(), file);
    }

    @Override
    public ImageInput open(ImageInput from, Reference reference) throws IOException {
      assertThat(reference.kind()).isEqualTo(Reference.PARENT_ID);
      assertThat(reference.target()).isEmpty();
      assertThat(reference.targetFormat()).isEqualTo("vdi");
      byte[] file = files.get(reference.targetId());
      if (file == null) {
        throw new ReferenceMissingException(from.location(), -1, "no " + reference.targetId());
      }
      CountingImageInput input =
          new CountingImageInput(new BytesImageInput(reference.targetId(), file));
      opened.add(input);
      return input;
    }

    OpenOptions options() {
      return OpenOptions.of(Purpose.READ).withReferences(this);
    }
  }

  private static DiskImage top(byte[] file, OpenOptions options) throws IOException {
    return new VdiFormat().open(new BytesImageInput("top.vdi", file), options);
  }

  private static byte[] read(DiskImage image, int from, int to) throws IOException {
    byte[] content = new byte[to - from];
    try (ImageContent reader = new ImageContent(image, new IoCounters())) {
      reader.read(from, content, 0, content.length);
    }
    return content;
  }

  private static byte[] content(int seed, int length) {
    return ImagePatch.content(seed, length);
  }

  /** Two layers that have an entry of every kind over an entry of every kind. */
  private static VdiLayer[] pair() {
    Random random = new Random(1);
    VdiLayer parent = VdiLayer.disk(random, 9 * BLOCK, BLOCK, 0);
    for (int block : new int[] {1, 4, 7}) {
      parent.write(block * BLOCK, content(block, BLOCK));
    }
    parent.zero(2 * BLOCK, BLOCK);
    parent.zero(5 * BLOCK, BLOCK);
    parent.zero(8 * BLOCK, BLOCK);
    VdiLayer child = parent.child(random, 9 * BLOCK, BLOCK, 0);
    child.zero(3 * BLOCK, 3 * BLOCK);
    for (int block : new int[] {6, 7, 8}) {
      child.write(block * BLOCK + 512, content(block + 10, 1024));
    }
    return new VdiLayer[] {parent, child};
  }

  @Test
  void aBlockNeverAllocatedIsTheParentsAndADiscardedOneIsZero() throws IOException {
    VdiLayer[] pair = pair();
    Disks disks = new Disks();
    disks.put(pair[0].id(), pair[0].file());
    try (DiskImage disk =
        BackingChain.open(top(pair[1].file(), disks.options()), disks.options())) {
      assertThat(read(disk, 0, 9 * BLOCK)).isEqualTo(pair[1].guest());
      ExtentCursor runs = disk.extents(0, 9 * BLOCK, new IoCounters());
      int zero = ExtentCursor.ZERO | ExtentCursor.ALLOCATED;
      int data = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
      expect(runs, 0, 1, ExtentKind.UNALLOCATED, zero, 1, -1);
      expect(runs, 1, 1, ExtentKind.DATA, data, 1, 0x400);
      expect(runs, 2, 1, ExtentKind.ZERO, zero, 1, -1);
      expect(runs, 3, 3, ExtentKind.ZERO, zero, 0, -1);
      expect(runs, 6, 3, ExtentKind.DATA, data, 0, 0x400);
      assertThat(runs.next()).isFalse();
    }
  }

  private static void expect(
      ExtentCursor runs, int block, int blocks, ExtentKind kind, int flags, int depth, long host) {
    assertThat(runs.next()).isTrue();
    assertThat(runs.offset()).isEqualTo((long) block * BLOCK);
    assertThat(runs.length()).isEqualTo((long) blocks * BLOCK);
    assertThat(runs.kind()).isEqualTo(kind);
    assertThat(runs.flags()).isEqualTo(flags);
    assertThat(runs.depth()).isEqualTo(depth);
    assertThat(runs.input()).isEqualTo(Math.max(0, depth));
    assertThat(runs.hostOffset()).isEqualTo(host);
  }

  @Test
  void withoutItsParentTheChildHasNoContentWhereItHasNoBlock() throws IOException {
    VdiLayer[] pair = pair();
    try (DiskImage child = top(pair[1].file(), OpenOptions.of(Purpose.READ))) {
      ExtentCursor runs = child.extents(0, 9 * BLOCK, new IoCounters());
      expect(runs, 0, 3, ExtentKind.BACKING, 0, -1, -1);
      assertThat(read(child, 3 * BLOCK, 9 * BLOCK))
          .isEqualTo(Arrays.copyOfRange(pair[1].guest(), 3 * BLOCK, 9 * BLOCK));
      assertThatThrownBy(() -> read(child, 0, 512)).isInstanceOf(ReferenceDeniedException.class);
      assertThat(child.parents(new IoCounters()))
          .containsExactly(new Reference("parent id", "", "vdi", pair[0].id().toString()));
    }
  }

  @Test
  void aParentNamesNoParentAndIsNamedAsItNamesItself() throws IOException {
    VdiLayer[] pair = pair();
    try (DiskImage parent = top(pair[0].file(), OpenOptions.of(Purpose.READ));
        DiskImage child = top(pair[1].file(), OpenOptions.of(Purpose.INFO))) {
      assertThat(parent.parents(new IoCounters())).isEmpty();
      assertThat(child.info().parentId()).isEqualTo(parent.info().imageId());
      assertThat(child.info().header())
          .containsEntry("uuid_parent", parent.info().header().get("uuid_last_snap"));
    }
  }

  /** Block sizes, extra bytes and disk sizes differ from layer to layer. */
  @Test
  void chainsReadAsTheirGuestWroteThem() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      Disks disks = new Disks();
      VdiLayer layer = VdiLayer.disk(random, size(random), blockSize(random), extra(random));
      layer.write(random, random.nextInt(8));
      int depth = random.nextInt(5);
      for (int below = 0; below < depth; below++) {
        disks.put(layer.id(), layer.file());
        int size = random.nextInt(3) == 0 ? size(random) : layer.diskSize();
        layer = layer.child(random, size, blockSize(random), extra(random));
        layer.write(random, random.nextInt(6));
      }
      String what = "seed " + seed + ", chain " + i;
      OpenOptions options = disks.options();
      try (DiskImage disk = BackingChain.open(top(layer.file(), options), options)) {
        assertThat(disk.virtualSize()).as(what).isEqualTo(layer.diskSize());
        assertThat(read(disk, 0, layer.diskSize())).as(what).isEqualTo(layer.guest());
        int from = random.nextInt(layer.diskSize() / 512) * 512;
        assertThat(read(disk, from, layer.diskSize()))
            .as(what)
            .isEqualTo(Arrays.copyOfRange(layer.guest(), from, layer.diskSize()));
      }
      assertThat(disks.opened).as(what).hasSize(depth);
      assertThat(disks.opened).as(what).allMatch(input -> input.closes() == 1);
    }
  }

  private static int size(Random random) {
    return 512 * (1 + random.nextInt(3000));
  }

  private static int blockSize(Random random) {
    return BLOCK << random.nextInt(4);
  }

  private static int extra(Random random) {
    return random.nextInt(3) == 0 ? 1 << random.nextInt(14) : 0;
  }

  @Test
  void aParentThatWasWrittenSinceIsStillTheParent() throws IOException {
    VdiLayer[] pair = pair();
    byte[] parent = pair[0].file();
    VdiLayer.uuid(ImagePatch.littleEndian(parent), 0x198, new UUID(1, 2));
    Disks disks = new Disks();
    disks.put(pair[0].id(), parent);
    try (DiskImage disk =
        BackingChain.open(top(pair[1].file(), disks.options()), disks.options())) {
      assertThat(read(disk, 0, 9 * BLOCK)).isEqualTo(pair[1].guest());
    }
  }

  @Test
  void anotherDiskIsNotTheParent() throws IOException {
    VdiLayer[] pair = pair();
    Disks disks = new Disks();
    disks.put(pair[0].id(), VdiLayer.disk(new Random(2), BLOCK, BLOCK, 0).file());
    try (DiskImage child = top(pair[1].file(), disks.options())) {
      assertThatThrownBy(() -> BackingChain.open(child, disks.options()))
          .isInstanceOf(ReferenceMissingException.class)
          .hasMessageContaining(pair[0].id().toString());
      assertThat(disks.opened).allMatch(input -> input.closes() == 1);
    }
  }

  @Test
  void aParentThatIsNotThereOrNotAllowedIsSaidToBe() throws IOException {
    VdiLayer[] pair = pair();
    Disks none = new Disks();
    try (DiskImage child = top(pair[1].file(), none.options())) {
      assertThatThrownBy(() -> BackingChain.open(child, none.options()))
          .isInstanceOf(ReferenceMissingException.class);
      assertThatThrownBy(() -> BackingChain.open(child, OpenOptions.of(Purpose.READ)))
          .isInstanceOf(ReferenceDeniedException.class);
    }
  }

  /** An image that is its own parent, and two that are each other's. */
  @Test
  void chainsThatComeBackAreRefused() throws IOException {
    VdiLayer[] pair = pair();
    byte[] self = pair[1].file();
    VdiLayer.uuid(ImagePatch.littleEndian(self), 0x1a8, pair[1].id());
    byte[] parent = pair[0].file();
    ImagePatch patch = ImagePatch.littleEndian(parent).u32(0x4c, 4);
    VdiLayer.uuid(patch, 0x1a8, pair[1].id());
    for (byte[] first : List.of(self, pair[1].file())) {
      Disks disks = new Disks();
      disks.put(pair[1].id(), first);
      disks.put(pair[0].id(), parent);
      try (DiskImage child = top(first, disks.options())) {
        assertThatThrownBy(() -> BackingChain.open(child, disks.options()))
            .isInstanceOf(CorruptImageException.class)
            .hasMessageContaining("backing chain comes back to ");
        assertThat(disks.opened).isNotEmpty().allMatch(input -> input.closes() == 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void theDepthIsBounded(int depth) throws IOException {
    Random random = new Random(depth);
    Disks disks = new Disks();
    VdiLayer layer = VdiLayer.disk(random, BLOCK, BLOCK, 0);
    layer.write(random, 2);
    for (int i = 0; i < depth; i++) {
      disks.put(layer.id(), layer.file());
      layer = layer.child(random, BLOCK, BLOCK, 0);
    }
    OpenOptions options = disks.options().withLimits(Limits.DEFAULT.withChainDepth(3));
    DiskImage top = top(layer.file(), options);
    if (depth == 3) {
      try (DiskImage disk = BackingChain.open(top, options)) {
        assertThat(read(disk, 0, BLOCK)).isEqualTo(layer.guest());
      }
    } else {
      assertThatThrownBy(() -> BackingChain.open(top, options))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("chainDepth");
      assertThat(disks.opened).allMatch(input -> input.closes() == 1);
      top.close();
    }
  }

  /** QEMU refuses to check them. */
  @Test
  void childrenAreNotChecked() {
    byte[] child = pair()[1].file();
    ImagePatch.littleEndian(child).u32(0x178, 1 << 20);
    assertThatThrownBy(() -> top(child, OpenOptions.of(Purpose.CHECK)))
        .isInstanceOf(UnsupportedImageException.class)
        .hasMessageContaining("unsupported VDI image (non-NULL link UUID)");
  }
}
