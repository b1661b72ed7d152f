package io.diskimage.format.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ForwardingImageInput;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.ListedImage;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackingChainTest {
  private final Map<String, ListedImage> files = new HashMap<>();
  private final List<String> asked = new ArrayList<>();

  private static Reference backing(String name) {
    return new Reference(Reference.BACKING_FILE, name, "qcow2", null);
  }

  private static Reference locator(String name, String id) {
    return new Reference(Reference.PARENT_LOCATOR + "W2ru", name, "vpc", id);
  }

  private ListedImage file(String name, String id, Reference... parents) {
    ListedImage file = ListedImage.layer(name, id, parents);
    files.put(name, file);
    return file;
  }

  private DiskImage open(DiskImage child, Reference parent) throws IOException {
    asked.add(parent.target());
    if (parent.target().startsWith("/")) {
      throw new ReferenceDeniedException("child", ImageException.NO_OFFSET, "not below the roots");
    }
    ListedImage file = files.get(parent.target());
    if (file == null) {
      throw new ReferenceMissingException("child", ImageException.NO_OFFSET, parent.target());
    }
    return file;
  }

  private List<DiskImage> layers(DiskImage top, int depth) throws IOException {
    Limits limits = Limits.DEFAULT.withChainDepth(depth);
    return BackingChain.layers(top, this::open, limits, new IoCounters());
  }

  private DiskImage chainOf(int layers) {
    for (int i = 1; i < layers - 1; i++) {
      file("layer" + i, null, backing("layer" + (i + 1)));
    }
    file("layer" + (layers - 1), null);
    return file("layer0", null, backing("layer1"));
  }

  @Test
  void givesTheLayersFromTheTopDown() throws IOException {
    DiskImage top = chainOf(5);
    assertThat(layers(top, 4))
        .containsExactly(
            top,
            files.get("layer1"),
            files.get("layer2"),
            files.get("layer3"),
            files.get("layer4"));
  }

  @Test
  void endsBehindTheLimit() throws IOException {
    assertThat(layers(chainOf(65), 64)).hasSize(65);
    asked.clear();
    DiskImage deeper = chainOf(66);
    assertThatThrownBy(() -> layers(deeper, 64))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("chainDepth");
    assertThat(asked).hasSize(64);
  }

  @Test
  void findsLoops() {
    DiskImage self = file("self", null, backing("self"));
    assertThatThrownBy(() -> layers(self, 64))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("comes back to self");
    DiskImage one = file("one", null, backing("two"));
    file("two", null, backing("three"));
    file("three", null, backing("two"));
    assertThatThrownBy(() -> layers(one, 64))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("comes back to two");
  }

  @Test
  void triesTheNamesOfAParentInTheirOrder() throws IOException {
    ListedImage parent = file("parent", "id");
    file("other", "another id");
    DiskImage top =
        file(
            "top",
            null,
            locator("/elsewhere", "id"),
            locator("missing", "id"),
            locator("other", "id"),
            locator("parent", "id"));
    assertThat(layers(top, 64)).containsExactly(top, parent);
    assertThat(asked).containsExactly("/elsewhere", "missing", "other", "parent");
  }

  @Test
  void saysOfTheFirstNameWhyItLeadsNowhereAndKeepsTheOthers() {
    file("other", "another id");
    DiskImage top =
        file(
            "top",
            null,
            locator("/elsewhere", "id"),
            locator("missing", "id"),
            locator("other", "id"));
    assertThatThrownBy(() -> layers(top, 64))
        .isInstanceOf(ReferenceDeniedException.class)
        .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(2))
        .satisfies(
            failure ->
                assertThat(failure.getSuppressed()[1])
                    .hasMessageContaining("should have id id, and other has another id"));
  }

  @Test
  void opensNoParentWhoseFormatIsNotRecorded() {
    DiskImage none =
        file("none", null, new Reference(Reference.BACKING_FILE, "parent", null, null));
    DiskImage unknown =
        file("unknown", null, new Reference(Reference.BACKING_FILE, "parent", "vhdx", null));
    for (DiskImage top : List.of(none, unknown)) {
      assertThatThrownBy(
              () -> BackingChain.open(top, OpenOptions.of(Purpose.READ).withReferences(this::no)))
          .isInstanceOf(UnsupportedImageException.class);
    }
  }

  private ImageInput no(ImageInput from, Reference reference) {
    throw new AssertionError("asked for " + reference);
  }

  /** An input that says when it is closed. */
  private static final class Closable extends ForwardingImageInput {
    private int closed;

    Closable(String name) {
      super(new BytesImageInput(name, new byte[1024]));
    }

    @Override
    public void close() {
      closed++;
    }
  }

  @Test
  void closesTheLayersWithTheDiskAndOnFailureAllButTheTop() throws IOException {
    Closable parent = new Closable("parent.raw");
    ListedImage top =
        file("top", null, new Reference(Reference.BACKING_FILE, "parent.raw", "raw", null));
    BackingChain.open(top, options(parent)).close();
    assertThat(top.closed()).isOne();
    assertThat(parent.closed).isOne();

    Closable mistaken = new Closable("mistaken.raw");
    ListedImage other =
        file("top", null, new Reference(Reference.BACKING_FILE, "parent.raw", "raw", "id"));
    assertThatThrownBy(() -> BackingChain.open(other, options(mistaken)))
        .isInstanceOf(ReferenceMissingException.class);
    assertThat(other.closed()).isZero();
    assertThat(mistaken.closed).isOne();

    Closable damaged = new Closable("damaged.qcow2");
    ListedImage third = file("top", null, backing("damaged.qcow2"));
    assertThatThrownBy(() -> BackingChain.open(third, options(damaged)))
        .isInstanceOf(ImageException.class);
    assertThat(damaged.closed).isOne();
  }

  private static OpenOptions options(ImageInput parent) {
    return OpenOptions.of(Purpose.READ).withReferences((from, reference) -> parent);
  }
}
