package io.diskimage.spark.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.Reference;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is looked at for the targets of references, and what is not. */
class ChainRootsTest {
  /** Without links on the way. */
  private Path top;

  @BeforeEach
  void files(@TempDir Path directory) throws IOException {
    top = directory.toRealPath();
    Files.createDirectories(top.resolve("root/sub/deep"));
    Files.createDirectories(top.resolve("root/other"));
    Files.createDirectories(top.resolve("outside/inner"));
    Files.write(top.resolve("root/base"), new byte[1]);
    Files.write(top.resolve("root/other/base"), new byte[1]);
    Files.write(top.resolve("outside/secret"), new byte[1]);
    link("root/sub/to-base", "../base");
    link("root/sub/to-other", top + "/root/other");
    link("root/sub/to-secret", "../../outside/secret");
    link("root/sub/to-secret-absolute", top + "/outside/secret");
    link("root/sub/to-outside", "../../outside");
    link("root/sub/round", "../../root/base");
    link("root/sub/loop", "loop");
    link("root/sub/dangling", "nowhere");
    link("alias", "root");
  }

  private void link(String link, String target) throws IOException {
    Files.createSymbolicLink(top.resolve(link), Path.of(target));
  }

  /** Local files, with every one that is looked at written down. */
  @Nested
  class Local implements FileLinks {
    private final List<Path> lookedAt = new ArrayList<>();

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

    private Presence look(String path) throws IOException {
      return look(List.of(top.resolve("root")), top + "/" + path);
    }

    private Presence look(List<Path> roots, String path) throws IOException {
      List<String> components = new ArrayList<>(Arrays.asList(path.split("/")));
      components.removeIf(String::isEmpty);
      Presence presence = LocalRoots.of(roots, this).look(components).presence();
      assertThat(lookedAt)
          .as("nothing outside is looked at")
          .allMatch(file -> file.startsWith(top.resolve("root")));
      return presence;
    }

    @ParameterizedTest
    @CsvSource({
      "root/base, PRESENT",
      "root/sub/../base, PRESENT",
      "root/sub/deep/../../base, PRESENT",
      "root/sub/to-base, PRESENT",
      "root/sub/to-other/base, PRESENT",
      "root/sub/to-other/../base, PRESENT",
      "root/sub/round, PRESENT",
      "root/../root/base, PRESENT",
      "root/none, MISSING",
      "root/none/../base, MISSING",
      "root/base/below, MISSING",
      "root/sub/dangling, MISSING",
      "root/sub/loop, MISSING",
      "root/sub/to-secret, OUTSIDE",
      "root/sub/to-secret-absolute, OUTSIDE",
      "root/sub/to-outside/secret, OUTSIDE",
      "root/sub/to-outside/../root/base, OUTSIDE",
      "root/../outside/secret, OUTSIDE",
      "root/sub/../../outside/none, OUTSIDE",
      "outside/secret, OUTSIDE",
      "rooted, OUTSIDE"
    })
    void followsLinksInsideOnly(String path, Presence presence) throws IOException {
      assertThat(look(path)).isEqualTo(presence);
    }

    @Test
    void devicesAndPasswordsAreOutside() throws IOException {
      assertThat(look(List.of(top.resolve("root")), "/dev/sda")).isEqualTo(Presence.OUTSIDE);
      assertThat(look(List.of(top.resolve("root")), "/etc/passwd")).isEqualTo(Presence.OUTSIDE);
      assertThat(lookedAt).isEmpty();
    }

    @Test
    void aRootMayBeNamedByALink() throws IOException {
      List<Path> roots = List.of(top.resolve("alias"));
      assertThat(look(roots, top + "/alias/sub/to-base")).isEqualTo(Presence.PRESENT);
      assertThat(look(roots, top + "/alias/sub/to-other/base")).isEqualTo(Presence.PRESENT);
      assertThat(look(roots, top + "/root/base")).isEqualTo(Presence.PRESENT);
      assertThat(look(roots, top + "/alias/../outside/secret")).isEqualTo(Presence.OUTSIDE);
      assertThat(look(roots, top + "/alias/sub/to-secret")).isEqualTo(Presence.OUTSIDE);
    }

    @Test
    void anyOfSeveralRootsWillDo() throws IOException {
      List<Path> roots = List.of(top.resolve("root/sub"), top.resolve("root/other"));
      assertThat(look(roots, top + "/root/sub/to-other/base")).isEqualTo(Presence.PRESENT);
      assertThat(look(roots, top + "/root/sub/to-base")).isEqualTo(Presence.OUTSIDE);
      assertThat(look(List.of(), top + "/root/base")).isEqualTo(Presence.OUTSIDE);
    }

    @Test
    void belowARootThatIsNotThereNothingIs() throws IOException {
      List<Path> roots = List.of(top.resolve("root/absent"));
      assertThat(look(roots, top + "/root/absent/base")).isEqualTo(Presence.MISSING);
    }

    @Test
    void aNameTooLongForTheSystemIsAnErrorNoAnswer() {
      String tooLong = "root/" + "n".repeat(5000);
      assertThatThrownBy(() -> look(tooLong)).isInstanceOf(IOException.class);
    }
  }

  /** A store that writes down what it is asked. */
  public static final class AskedStore extends RawLocalFileSystem {
    static final List<String> ASKED = new ArrayList<>();

    @Override
    public URI getUri() {
      return URI.create("asked://store");
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {
      // Its paths are local ones under another name.
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      ASKED.add("status " + path);
      return super.getFileStatus(new org.apache.hadoop.fs.Path(path.toUri().getPath()));
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) {
      throw new AssertionError("open " + path);
    }
  }

  private Presence ask(List<String> roots, String target) throws IOException {
    Configuration conf = new Configuration();
    conf.setClass("fs.asked.impl", AskedStore.class, RawLocalFileSystem.class);
    AskedStore.ASKED.clear();
    org.apache.hadoop.fs.Path image =
        new org.apache.hadoop.fs.Path("asked://store" + top + "/root/image");
    ReferenceName name = ReferenceName.of(image, new Reference("backing file", target, null, null));
    return new ChainRoots(roots, conf).look(name);
  }

  @Test
  void aStoreIsAskedOnceAndInsideOnly() throws IOException {
    List<String> root = List.of("asked://store" + top + "/root");
    assertThat(ask(root, "base")).isEqualTo(Presence.PRESENT);
    assertThat(AskedStore.ASKED).containsExactly("status asked://store" + top + "/root/base");
    assertThat(ask(root, "sub/../none")).isEqualTo(Presence.MISSING);
    assertThat(AskedStore.ASKED).containsExactly("status asked://store" + top + "/root/none");

    for (String outside : List.of("../outside/secret", "../rooted", "/etc/passwd", "/dev/sda")) {
      assertThat(ask(root, outside)).isEqualTo(Presence.OUTSIDE);
      assertThat(AskedStore.ASKED).isEmpty();
    }
    assertThat(ask(List.of("asked://other" + top), "base")).isEqualTo(Presence.OUTSIDE);
    assertThat(ask(List.of("file:" + top), "base")).isEqualTo(Presence.OUTSIDE);
    assertThat(AskedStore.ASKED).isEmpty();
    assertThat(ask(List.of("asked://store/"), "base")).isEqualTo(Presence.PRESENT);
  }
}
