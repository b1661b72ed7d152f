package io.diskimage.spark.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.Reference;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.ReferenceMissingException;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.ParentIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which references are followed, and to what. Every file that is looked at is written down. */
class ChainGateTest implements FileLinks {
  private final List<Path> lookedAt = new ArrayList<>();
  private Path top;

  @Override
  public BasicFileAttributes attributes(Path file) throws IOException {
    lookedAt.add(file);
    return FileLinks.NIO.attributes(file);
  }

  @Override
  public Path target(Path link) throws IOException {
    lookedAt.add(link);
    return FileLinks.NIO.target(link);
  }

  @BeforeEach
  void files(@TempDir Path directory) throws IOException, InterruptedException {
    top = directory.toRealPath();
    Files.createDirectories(top.resolve("root/sub"));
    Files.createDirectories(top.resolve("outside"));
    Files.write(top.resolve("root/image"), new byte[3]);
    Files.write(top.resolve("root/base.raw"), new byte[7]);
    Files.write(top.resolve("outside/secret"), new byte[1]);
    link("root/sub/to-base", "../base.raw");
    link("root/to-secret", "../outside/secret");
    link("root/to-outside", top + "/outside");
    link("root/to-device", "/dev/zero");
    link("root/dangling", "none");
    link("alias", "root");
    assertThat(new ProcessBuilder("mkfifo", top + "/root/pipe").start().waitFor()).isZero();
  }

  private void link(String link, String target) throws IOException {
    Files.createSymbolicLink(top.resolve(link), Path.of(target));
  }

  @AfterEach
  void nothingOutsideWasLookedAt() {
    assertThat(lookedAt).allMatch(file -> file.startsWith(top.resolve("root")));
    assertThat(ImageInputs.open()).isZero();
  }

  private ChainGate gate(String root, ParentIndex parents) {
    Configuration conf = new Configuration();
    return new ChainGate(
        new ChainRoots(List.of("file:" + top.resolve(root)), conf, this), parents, conf);
  }

  private ImageFile find(String target) throws IOException {
    return gate("root", ParentIndex.NONE)
        .find("file:" + top + "/root/image", new Reference("backing file", target, "raw", null));
  }

  @ParameterizedTest
  @CsvSource({
    "base.raw",
    "./sub/../base.raw",
    "sub/to-base",
    "../root/base.raw",
    "sub/../sub/.././/base.raw"
  })
  void aFileInsideIsFoundUnderOneName(String target) throws IOException {
    Path base = top.resolve("root/base.raw");
    assertThat(find(target))
        .isEqualTo(new ImageFile("file:" + base, 7, Files.getLastModifiedTime(base).toMillis()));
  }

  @Test
  void anAbsoluteNameInsideIsFoundToo() throws IOException {
    assertThat(find(top + "/root/base.raw").path()).isEqualTo("file:" + top + "/root/base.raw");
  }

  @Test
  void belowARootThatIsALinkFilesAreCalledAsTheListingCallsThem() throws IOException {
    ImageFile file =
        gate("alias", ParentIndex.NONE)
            .find(
                "file:" + top + "/alias/image",
                new Reference("backing file", "sub/to-base", "raw", null));
    assertThat(file.path()).isEqualTo("file:" + top + "/alias/base.raw");
  }

  @Test
  void theFileThatWasFoundIsOpened() throws IOException {
    try (LocalImageInput image =
            LocalImageInput.open(top.resolve("root/image"), "file:" + top + "/root/image");
        ImageInput opened =
            gate("root", ParentIndex.NONE)
                .open(image, new Reference("data file", "sub/to-base", null, null))) {
      assertThat(opened.location()).isEqualTo("file:" + top + "/root/base.raw");
      assertThat(opened.length()).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside/secret",
        "../outside/none",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "/dev/zero",
        "/dev/../etc/passwd",
        "to-secret",
        "to-outside/secret",
        "to-outside/../root/base.raw",
        "to-device"
      })
  void whatLiesOutsideIsDeniedByTheRoots(String target) {
    assertThatThrownBy(() -> find(target))
        .isInstanceOf(ReferenceDeniedException.class)
        .hasMessageContaining("chainRoots")
        .hasMessageContaining(target)
        .hasMessageContaining("root/image");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json:{\"driver\":\"file\",\"filename\":\"/etc/passwd\"}",
        "nbd://host/disk",
        "http://host/disk",
        "file:/etc/passwd",
        "fat:/etc",
        "ssh://host/disk"
      })
  void protocolsAreDenied(String target) {
    assertThatThrownBy(() -> find(target))
        .isInstanceOf(ReferenceDeniedException.class)
        .hasMessageContaining("protocol");
    assertThat(lookedAt).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sub", ".", "pipe", "../root", "base.raw\0.qcow2"})
  void onlyRegularFilesAreOpened(String target) {
    assertThatThrownBy(() -> find(target)).isInstanceOf(ReferenceDeniedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "none/../base.raw", "base.raw/below", "dangling", "sub/none"})
  void whatIsNotThereIsMissing(String target) {
    assertThatThrownBy(() -> find(target))
        .isInstanceOf(ReferenceMissingException.class)
        .hasMessageContaining(target)
        .hasMessageContaining("chainRoots");
  }

  /** One that is too long, and half a surrogate pair, which no encoding has. */
  @Test
  void aNameThatTheMachineRefusesIsMissing() {
    for (String target : List.of("n".repeat(1000), "\ud800")) {
      assertThatThrownBy(() -> find(target)).isInstanceOf(ReferenceMissingException.class);
    }
  }

  @Test
  void withoutRootsNothingIsLookedAt() {
    ChainGate gate =
        new ChainGate(
            new ChainRoots(List.of(), new Configuration(), this),
            ParentIndex.NONE,
            new Configuration());
    Reference base = new Reference("backing file", "base.raw", "raw", null);
    assertThatThrownBy(() -> gate.find("file:" + top + "/root/image", base))
        .isInstanceOf(ReferenceDeniedException.class)
        .hasMessageContaining("chainRoots");
    assertThat(lookedAt).isEmpty();
  }

  private ImageFile byId(ParentIndex parents) throws IOException {
    return gate("root", parents)
        .find("file:/child", new Reference(Reference.PARENT_ID, "", "vdi", "id-1"));
  }

  private static ParentIndex index(ImageFile... files) {
    return new ParentIndex(true, Map.of(new ParentIndex.Id("vdi", "id-1"), List.of(files)));
  }

  @Test
  void anIdIsAnsweredByTheIndexAlone() throws IOException {
    ImageFile parent = new ImageFile("file:/parent", 1, 2);
    assertThat(byId(index(parent))).isEqualTo(parent);
    assertThatThrownBy(() -> byId(index()))
        .isInstanceOf(ReferenceMissingException.class)
        .hasMessageContaining("id-1")
        .hasMessageContaining("chainRoots");
    assertThatThrownBy(() -> byId(ParentIndex.NONE))
        .isInstanceOf(ReferenceMissingException.class)
        .hasMessageContaining("imageFormat=auto");
    assertThatThrownBy(() -> byId(index(parent, new ImageFile("file:/copy", 1, 2))))
        .isInstanceOf(ReferenceDeniedException.class)
        .hasMessageContaining("ambiguous")
        .hasMessageContaining("file:/parent")
        .hasMessageContaining("file:/copy");
    assertThat(lookedAt).isEmpty();
  }

  @Test
  void underTopNothingIsFollowed() throws IOException {
    try (LocalImageInput image = LocalImageInput.open(top.resolve("root/image"))) {
      assertThatThrownBy(
              () -> ChainGate.TOP.open(image, new Reference("data file", "base.raw", null, null)))
          .isInstanceOf(ReferenceDeniedException.class)
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("base.raw")
          .hasMessageContaining("chain=follow");
    }
  }
}
