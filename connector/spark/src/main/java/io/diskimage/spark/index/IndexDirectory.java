package io.diskimage.spark.index;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * The location of an index. Each build is a generation: a directory of its own, and a manifest that
 * names its files and appears last. Nothing is written twice, so that stores that cannot rename
 * cheaply do as well as others, and readers of the generation before are not disturbed.
 */
final class IndexDirectory {
  private static final int MAX_MANIFEST = 16 << 20;

  private static final Pattern MANIFEST =
      Pattern.compile("manifest-([0-9]{10})-[0-9a-f-]{36}\\.json");

  private static final Pattern GENERATION = Pattern.compile("rows-([0-9]{10})-[0-9a-f-]{36}");

  private final FileSystem fileSystem;
  private final Path location;

  IndexDirectory(String location, Configuration conf) throws IOException {
    Path given = new Path(location);
    fileSystem = given.getFileSystem(conf);
    this.location = fileSystem.makeQualified(given);
  }

  Path location() {
    return location;
  }

  /** Names of the manifests, the newest first; none if there is nothing at the location. */
  List<String> manifests() throws IOException {
    return names().stream()
        .filter(name -> MANIFEST.matcher(name).matches())
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (FileStatus child : fileSystem.listStatus(location)) {
        names.add(child.getPath().getName());
      }
    } catch (FileNotFoundException nothing) {
      return List.of();
    }
    return names;
  }

  /**
   * Reads a manifest.
   *
   * @throws IOException if it cannot be read or is damaged
   */
  IndexManifest manifest(String name) throws IOException {
    Path path = new Path(location, name);
    long length = fileSystem.getFileStatus(path).getLen();
    if (length > MAX_MANIFEST) {
      throw new IOException(path + ": a manifest of " + length + " bytes");
    }
    return IndexManifest.of(bytes(path, (int) length));
  }

  /**
   * Reads a part as a whole.
   *
   * @throws IOException if it cannot be read or is not the file that was written
   */
  byte[] part(IndexPart part) throws IOException {
    Path path = new Path(location, part.name());
    byte[] content = bytes(path, part.length());
    if (checksum(content) != part.checksum()) {
      throw new IOException(path + ": the checksum differs");
    }
    return content;
  }

  private byte[] bytes(Path path, int length) throws IOException {
    byte[] content = new byte[length];
    // The length is known, which saves object stores a request.
    try (FSDataInputStream stream =
        FutureIO.awaitFuture(
            fileSystem
                .openFile(path)
                .opt(
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_WHOLE_FILE)
                .opt(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, Integer.toString(length))
                .build())) {
      stream.readFully(content);
    } catch (EOFException early) {
      throw new IOException(path + ": ends before its " + length + " bytes", early);
    }
    return content;
  }

  private static int checksum(byte[] content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    return (int) checksum.getValue();
  }

  /** Name of a generation behind all that were committed. */
  String nextGeneration() throws IOException {
    long last = 0;
    for (String name : names()) {
      last = Math.max(last, Math.max(number(MANIFEST, name), number(GENERATION, name)));
    }
    return String.format("rows-%010d-%s", last + 1, UUID.randomUUID());
  }

  /** Number of a generation, 0 of other names. */
  private static long number(Pattern pattern, String name) {
    Matcher matcher = pattern.matcher(name);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
  }

  /** Writes a part under a name that no other attempt has. */
  IndexPart write(String generation, byte[] content, int rows) throws IOException {
    String name = generation + "/" + UUID.randomUUID() + ".parquet";
    IndexPart part = new IndexPart(name, content.length, rows, checksum(content));
    write(new Path(location, name), content);
    return part;
  }

  private void write(Path path, byte[] content) throws IOException {
    try (FSDataOutputStream stream = fileSystem.create(path, false)) {
      stream.write(content);
    }
  }

  /** Makes a generation the newest one, all at once. */
  void publish(String generation, IndexManifest manifest) throws IOException {
    String name = generation.replace("rows-", "manifest-") + ".json";
    Path unfinished = new Path(location, "." + name);
    write(unfinished, manifest.toJson());
    if (!fileSystem.rename(unfinished, new Path(location, name))) {
      throw new IOException(location + ": " + name + " cannot be given its name");
    }
  }

  /** Deletes a generation that will not be published. */
  void abandon(String generation) throws IOException {
    fileSystem.delete(new Path(location, generation), true);
    fileSystem.delete(
        new Path(location, "." + generation.replace("rows-", "manifest-") + ".json"), false);
  }

  /**
   * Deletes what failed attempts left in a published generation, and the generations before the one
   * before it, from which somebody may still be reading.
   */
  void clean(String generation, Collection<IndexPart> parts) throws IOException {
    Set<String> kept = parts.stream().map(IndexPart::name).collect(Collectors.toSet());
    Path directory = new Path(location, generation);
    if (!kept.isEmpty()) {
      for (FileStatus file : fileSystem.listStatus(directory)) {
        if (!kept.contains(generation + "/" + file.getPath().getName())) {
          fileSystem.delete(file.getPath(), false);
        }
      }
    }
    long oldest = number(GENERATION, generation) - 1;
    for (String name : names()) {
      long number = Math.max(number(MANIFEST, name), number(GENERATION, name));
      if (number > 0 && number < oldest) {
        fileSystem.delete(new Path(location, name), true);
      }
    }
  }
}
