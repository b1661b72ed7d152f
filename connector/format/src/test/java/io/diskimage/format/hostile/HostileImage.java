package io.diskimage.format.hostile;

import io.diskimage.format.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files that try to do harm.
 *
 * @param name unique, fit for a directory's name
 * @param top name of the file that is opened
 * @param files all files by their names
 * @param links symbolic links by their names, and what they lead to
 * @param deed what is tried
 * @param refusal how it has to end; null: in a result, which is bounded
 * @param says part of the refusal's message
 */
public record HostileImage(
    String name,
    String top,
    Map<String, byte[]> files,
    Map<String, String> links,
    Deed deed,
    Class<? extends ImageException> refusal,
    String says) {

  /** What is done to an image. */
  public enum Deed {
    /** Opened for its description. */
    DESCRIBE,
    /** Opened for reading, mapped, its start and end read, whatever lies below it. */
    READ,
    /** As READ, with all layers below it. */
    FOLLOW
  }

  public HostileImage {
    files = Map.copyOf(files);
    links = Map.copyOf(links);
  }

  /** A file of its own. */
  static HostileImage of(String name, String extension, byte[] file) {
    String top = name + "." + extension;
    return new HostileImage(name, top, Map.of(top, file), Map.of(), Deed.READ, null, null);
  }

  /** One more file beside it. */
  HostileImage beside(String fileName, byte[] file) {
    Map<String, byte[]> more = new TreeMap<>(files);
    more.put(fileName, file);
    return new HostileImage(name, top, more, links, deed, refusal, says);
  }

  /** A symbolic link beside it. */
  HostileImage link(String linkName, String target) {
    Map<String, String> more = new TreeMap<>(links);
    more.put(linkName, target);
    return new HostileImage(name, top, files, more, deed, refusal, says);
  }

  HostileImage refused(Deed what, Class<? extends ImageException> how, String text) {
    return new HostileImage(name, top, files, links, what, how, text);
  }

  /** Nothing is wrong enough to be refused; it has to be bounded all the same. */
  HostileImage bounded(Deed what) {
    return new HostileImage(name, top, files, links, what, null, null);
  }

  /** Writes the files and links into a directory, which exists. */
  public void writeTo(Path directory) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
    for (Map.Entry<String, String> link : links.entrySet()) {
      Files.createSymbolicLink(directory.resolve(link.getKey()), Path.of(link.getValue()));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
