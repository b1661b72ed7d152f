package io.diskimage.spark.plan;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What a path that a user wrote names: a file, a directory, or all that match a glob. */
final class PathRoots {
  private static final String GLOB_CHARACTERS = "{}[]*?\\";

  private PathRoots() {}

  /** What the path names; Spark's PATH_NOT_FOUND if that is nothing. */
  static List<FileStatus> of(String written, Configuration conf) throws IOException {
    List<FileStatus> roots = matching(written, conf);
    if (roots.isEmpty()) {
      throw PlanErrors.pathNotFound(qualified(written, conf).toString());
    }
    return roots;
  }

  /** What the path names; empty if that is nothing. */
  static List<FileStatus> matching(String written, Configuration conf) throws IOException {
    Path qualified = qualified(written, conf);
    FileSystem fileSystem = qualified.getFileSystem(conf);
    if (hasWildcard(written)) {
      List<FileStatus> matches = matches(fileSystem, qualified);
      if (!matches.isEmpty()) {
        return matches;
      }
    }
    try {
      return List.of(fileSystem.getFileStatus(qualified));
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  /**
   * The directory that a path speaks of: itself, that of a file, or the one in front of a glob's
   * first wildcard.
   *
   * @param roots what the path names
   */
  static Path directory(String written, List<FileStatus> roots, Configuration conf)
      throws IOException {
    Path qualified = qualified(written, conf);
    FileStatus first = roots.get(0);
    boolean literal = roots.size() == 1 && first.getPath().equals(qualified);
    if (literal || !hasWildcard(written)) {
      return first.isDirectory() ? first.getPath() : first.getPath().getParent();
    }
    Path directory = qualified;
    for (Path each = qualified; each.getParent() != null; each = each.getParent()) {
      if (hasWildcard(each.getName())) {
        directory = each.getParent();
      }
    }
    return directory;
  }

  /** Directories as they were written, in the form of the paths of files. */
  static List<String> qualified(List<String> directories, Configuration conf) {
    List<String> all = new ArrayList<>();
    for (String directory : directories) {
      try {
        all.add(qualified(directory, conf).toString());
      } catch (IOException e) {
        throw new UncheckedIOException("No file system of " + directory, e);
      }
    }
    return all;
  }

  private static boolean hasWildcard(String text) {
    return text.chars().anyMatch(c -> GLOB_CHARACTERS.indexOf(c) >= 0);
  }

  private static Path qualified(String written, Configuration conf) throws IOException {
    Path path = new Path(written);
    return path.getFileSystem(conf).makeQualified(path);
  }

  private static List<FileStatus> matches(FileSystem fileSystem, Path glob) throws IOException {
    FileStatus[] all = fileSystem.globStatus(glob);
    List<FileStatus> taken = new ArrayList<>();
    if (all != null) {
      for (FileStatus match : all) {
        // A glob names hidden files only if it says so.
        String name = match.getPath().getName();
        if (!FileChoice.isHidden(name) || FileChoice.isHidden(glob.getName())) {
          taken.add(match);
        }
      }
    }
    return taken;
  }
}
