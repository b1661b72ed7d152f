package io.diskimage.format.oracle.damage;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The messages of qcow2.md section 7.1 and of the other formats' checks, and which were met. */
final class QemuMessages {
  private static final List<Pattern> ALL =
      List.of(
              "counting reference for region exceeding the end of the file",
              "overflow cluster offset=",
              "found L1 entry with reserved bits set",
              "l2_offset=.*: Table is not cluster aligned",
              "found l2 entry with reserved bits set",
              "copied flag must never be set for compressed clusters",
              "compressed cluster .* with data file",
              "compressed cluster .* with non-zero subcluster allocation bitmap",
              "Allocated cluster has corrupted subcluster allocation bitmap",
              "Unallocated cluster has non-zero subcluster allocation map",
              "Data cluster is not properly aligned",
              "Preallocated cluster is not properly aligned",
              "l1_offset=.*: L1 table is not cluster aligned",
              "l1_size=.*: L1 table is too large",
              "snapshots in image with data file",
              "refcount table entry .* has reserved bits set",
              "refcount block .* is not cluster aligned",
              "refcount block .* is outside image",
              "ERROR refcount block .* refcount=",
              "ERROR cluster .* refcount=",
              "Leaked cluster .* refcount=",
              "Can't get refcount for cluster",
              "OFLAG_COPIED L2 cluster",
              "OFLAG_COPIED data cluster",
              "snapshot table too large",
              "Too much extra metadata in snapshot table entry",
              "snapshot table entry .* is incomplete",
              "image was not closed correctly",
              "cluster .* is outside image",
              "space leaked at the end of the image",
              "block index .* too large",
              "block index .* also used by",
              "allocated blocks mismatch")
          .stream()
          .map(Pattern::compile)
          .toList();

  private final Set<Pattern> met = ConcurrentHashMap.newKeySet();

  /** Hears what a check printed. */
  void hear(String messages) {
    for (Pattern each : ALL) {
      if (!met.contains(each) && each.matcher(messages).find()) {
        met.add(each);
      }
    }
  }

  /** Those not met. */
  List<String> missing() {
    return ALL.stream().filter(each -> !met.contains(each)).map(Pattern::pattern).toList();
  }
}
