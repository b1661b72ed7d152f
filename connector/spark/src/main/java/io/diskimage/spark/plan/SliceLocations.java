package io.diskimage.spark.plan;

import io.diskimage.spark.plan.ListedFile.HostBlock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a task is best run: beside the bytes if a file system tells hosts, else always on the same
 * executor, which then has the image open already.
 */
final class SliceLocations {
  private static final int MOST_HOSTS = 3;

  private final List<String> executors;

  /** Executors in Spark's form {@code executor_<host>_<id>}; none in local mode. */
  SliceLocations(List<String> executors) {
    this.executors = List.copyOf(executors);
  }

  /**
   * A slice of a listed file.
   *
   * @param source the file
   * @param slice of it
   */
  record Located(ListedFile source, ImageSlice slice) {}

  List<String> preferred(List<Located> slices) {
    Map<String, Long> bytes = new HashMap<>();
    for (Located located : slices) {
      addBytes(located, bytes);
    }
    if (bytes.isEmpty()) {
      return executors.isEmpty() ? List.of() : List.of(executor(slices.get(0).slice()));
    }
    return bytes.entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(MOST_HOSTS)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Neighbouring slices of an image share an executor; a large image has several. */
  private String executor(ImageSlice slice) {
    int count = executors.size();
    long first = Math.floorMod(slice.file().path().hashCode(), count);
    long step = (long) slice.index() * count / slice.count();
    return executors.get((int) ((first + step) % count));
  }

  /** Which bytes a slice will read only its executor finds out: its share of the file stands in. */
  private static void addBytes(Located located, Map<String, Long> bytes) {
    ImageSlice slice = located.slice();
    double length = (double) slice.file().length();
    double from = length / slice.count() * slice.index();
    double to = length / slice.count() * (slice.index() + 1);
    for (HostBlock block : located.source().blocks()) {
      double overlap =
          Math.min(to, (double) block.offset() + (double) block.length())
              - Math.max(from, (double) block.offset());
      if (overlap > 0) {
        for (String host : block.hosts()) {
          bytes.merge(host, (long) overlap, Long::sum);
        }
      }
    }
  }
}
