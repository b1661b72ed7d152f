package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Makes sure that what only looks at files leaves them alone: their bytes and their times. */
public final class UnchangedFiles {
  private static final int PIECE = 1 << 20;

  /** What is looked at of a file. */
  private record State(long length, FileTime modified, long checksum) {}

  /** Something that only looks at files. */
  @FunctionalInterface
  public interface Look<T> {
    T take() throws IOException;
  }

  private UnchangedFiles() {}

  /**
   * Looks at files.
   *
   * @param root a file, or a directory whose files are all meant
   * @return what came of it
   * @throws AssertionError if a file is another one then, is gone or is new
   */
  public static <T> T during(Path root, Look<T> look) throws IOException {
    Map<Path, State> before = states(root);
    T result = look.take();
    assertThat(states(root)).as("files before and after").isEqualTo(before);
    return result;
  }

  private static Map<Path, State> states(Path root) throws IOException {
    Map<Path, State> states = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      files.filter(Files::isRegularFile).forEach(file -> states.put(file, state(file)));
    }
    return states;
  }

  private static State state(Path file) {
    CRC32C checksum = new CRC32C();
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(piece) >= 0) {
        checksum.update(piece.flip());
        piece.clear();
      }
      return new State(channel.size(), Files.getLastModifiedTime(file), checksum.getValue());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
