package io.diskimage.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * Files by the directory they lie in, some levels below what was loaded: with one level, a data
 * centre is a directory right below the root of the fleet.
 *
 * @param roots the directories that were loaded, as the column {@code path} names them
 * @param depth levels below them, 0 or more
 */
record DirectoryGroups(List<String> roots, int depth) {
  private static final Pattern WILDCARD = Pattern.compile("[*?\\[{]");

  /**
   * Groups for the arguments of a scan: directories, files (which stand for their directory) or
   * globs (which stand for what lies in front of their first wildcard).
   */
  static DirectoryGroups of(List<String> paths, int depth, Configuration hadoop) {
    return new DirectoryGroups(
        paths.stream().map(path -> root(path, hadoop)).distinct().toList(), depth);
  }

  private static String root(String path, Configuration hadoop) {
    try {
      Path loaded = new Path(path);
      FileSystem files = loaded.getFileSystem(hadoop);
      Path fixed = beforeWildcard(loaded);
      boolean isFile = fixed.equals(loaded) && files.getFileStatus(loaded).isFile();
      return files.makeQualified(isFile ? loaded.getParent() : fixed).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The path itself if it has none. */
  private static Path beforeWildcard(Path path) {
    Path fixed = path;
    for (Path part = path; part != null; part = part.getParent()) {
      if (WILDCARD.matcher(part.getName()).find()) {
        fixed = part.getParent();
      }
    }
    return fixed;
  }

  /** The directory of the column {@code path}, without a slash at its end. */
  Column directory() {
    Column path = functions.col("path");
    Column directory = functions.regexp_extract(path, "^(.*)/[^/]*$", 1);
    // The innermost root that holds a file comes first.
    for (String root : roots.stream().sorted(Comparator.comparing(String::length)).toList()) {
      String prefix = root.endsWith("/") ? root : root + "/";
      Column below =
          functions.regexp_extract(
              functions.substr(path, functions.lit(prefix.length() + 1)),
              "^((?:[^/]+/){0," + depth + "})",
              1);
      directory =
          functions
              .when(
                  functions.startswith(path, functions.lit(prefix)),
                  functions.rtrim(
                      functions.concat(functions.lit(prefix), below), functions.lit("/")))
              .otherwise(directory);
    }
    return directory;
  }
}
