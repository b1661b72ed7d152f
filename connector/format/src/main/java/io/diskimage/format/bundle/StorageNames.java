package io.diskimage.format.bundle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where the storage file of a descriptor may lie (parallels-bundle.md section 6 row 10). */
final class StorageNames {
  /** From the folder of the bundle to that of the machine, and to the one that is in. */
  private static final List<String> FOLDERS = List.of("", "../", "../../");

  private StorageNames() {}

  /**
   * Names in the order in which they are tried: as written, and of an absolute one, which may be of
   * another machine, its last components from the bundle's folder and from those above.
   */
  static List<String> candidates(String file) {
    List<String> names = new ArrayList<>();
    names.add(file);
    if (file.startsWith("/")) {
      List<String> parts = Arrays.stream(file.split("/")).filter(part -> !part.isEmpty()).toList();
      for (int last = 1; last <= Math.min(FOLDERS.size(), parts.size()); last++) {
        if (parts.get(parts.size() - last).equals("..")) {
          break;
        }
        names.add(
            FOLDERS.get(last - 1)
                + String.join("/", parts.subList(parts.size() - last, parts.size())));
      }
    }
    return names;
  }
}
