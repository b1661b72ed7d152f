package io.diskimage.examples;

/**
 * The folder that a report's paths lie in, which the text leaves out.
 *
 * @param path with a slash at its end; empty if the paths have nothing in common
 */
record FleetFolder(String path) {

  /** The folder of all paths between two; each may be null. */
  static FleetFolder common(String first, String last) {
    if (first == null || last == null) {
      return new FleetFolder("");
    }
    int same = 0;
    while (same < Math.min(first.length(), last.length())
        && first.charAt(same) == last.charAt(same)) {
      same++;
    }
    return new FleetFolder(first.substring(0, first.lastIndexOf('/', same - 1) + 1));
  }

  /** A path without the folder; {@code .} for the folder itself. */
  String relative(String file) {
    if (!path.isEmpty() && path.equals(file + "/")) {
      return ".";
    }
    return file.startsWith(path) ? file.substring(path.length()) : file;
  }
}
