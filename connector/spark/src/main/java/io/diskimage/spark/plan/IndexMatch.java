package io.diskimage.spark.plan;

import io.diskimage.spark.index.FleetIndex;
import io.diskimage.spark.index.IndexPart;
import io.diskimage.spark.index.IndexRow;
import io.diskimage.spark.index.IndexSettings;
import io.diskimage.spark.index.KnownFiles;
import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.options.ReadState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * What an index says of the files of a listing: a few bytes for each, whatever the index has of
 * them. Rows of files that are not as they were when the index was built do not count.
 */
final class IndexMatch {
  private static final String ALLOCATED_SIZE = "allocated_size";

  private final String location;
  private final List<ListedFile> files;
  private final List<IndexPart> parts;
  private final int[] partOf;
  private final int[] rowOf;
  private final long[] allocated;
  private final BitSet excluded = new BitSet();
  private long problems;

  private IndexMatch(String location, List<ListedFile> files, List<IndexPart> parts) {
    this.location = location;
    this.files = files;
    this.parts = parts;
    partOf = new int[parts.isEmpty() ? 0 : files.size()];
    rowOf = new int[partOf.length];
    allocated = new long[partOf.length];
    Arrays.fill(partOf, -1);
  }

  /** Of a scan; says nothing if it has no index. */
  static IndexMatch of(ScanPlan plan, List<ListedFile> files, Configuration conf) {
    String location = plan.options().index();
    if (location == null || files.isEmpty()) {
      return new IndexMatch("", files, List.of());
    }
    try {
      FleetIndex index =
          FleetIndex.open(location, conf, IndexSettings.of(plan.options().read()), true);
      return of(index, files, IndexPruning.of(plan));
    } catch (IOException e) {
      throw new UncheckedIOException("Option index: " + location + ": " + e.getMessage(), e);
    }
  }

  /** Of an index. */
  static IndexMatch of(FleetIndex index, List<ListedFile> files, IndexPruning pruning)
      throws IOException {
    IndexMatch match = new IndexMatch(index.location(), files, index.parts());
    Map<String, Integer> positions = new HashMap<>();
    for (int i = 0; i < match.partOf.length; i++) {
      positions.put(files.get(i).file().path(), i);
    }
    Set<String> columns = new HashSet<>(pruning.columns());
    columns.add(ALLOCATED_SIZE);
    index.read(
        columns,
        (part, position, row) -> {
          Integer file = positions.get(row.file().path());
          if (file != null && row.settled() && row.file().equals(files.get(file).file())) {
            match.take(file, part, position, row, pruning);
          }
        });
    match.problems = index.problems();
    return match;
  }

  /** Of two rows of one file the first counts, in whatever order they come. */
  private void take(int file, int part, int position, IndexRow row, IndexPruning pruning) {
    if (partOf[file] < 0 || part < partOf[file]) {
      partOf[file] = part;
      rowOf[file] = position;
      allocated[file] = row.allocatedSize();
      excluded.set(file, pruning.excludes(row));
    }
  }

  /** Whether the file at a position of the listing has a row that holds. */
  boolean knows(int file) {
    return file < partOf.length && partOf[file] >= 0;
  }

  /** Whether the scan can leave the file out. */
  boolean excludes(int file) {
    return excluded.get(file);
  }

  /** What of the index could not be used. */
  long problems() {
    return problems;
  }

  /**
   * Known files of one part.
   *
   * @param files in the order of their rows
   * @param known where the rows are
   */
  record Lot(List<ImageFile> files, KnownFiles known) {
    ImagePartition partition() {
      List<ImageSlice> slices = files.stream().map(file -> new ImageSlice(file, 0, 1)).toList();
      return new ImagePartition(slices, List.of(), known);
    }
  }

  /** Known files by part: no more in each than {@link IndexPart} has rows. */
  List<Lot> lots(BitSet wanted) {
    Map<Integer, List<Integer>> byPart = new TreeMap<>();
    wanted.stream()
        .forEach(file -> byPart.computeIfAbsent(partOf[file], part -> new ArrayList<>()).add(file));
    List<Lot> lots = new ArrayList<>();
    for (Map.Entry<Integer, List<Integer>> part : byPart.entrySet()) {
      int[] ordered =
          part.getValue().stream()
              .sorted((left, right) -> Integer.compare(rowOf[left], rowOf[right]))
              .mapToInt(Integer::intValue)
              .toArray();
      lots.add(
          new Lot(
              IntStream.of(ordered).mapToObj(file -> files.get(file).file()).toList(),
              new KnownFiles(
                  location,
                  parts.get(part.getKey()),
                  IntStream.of(ordered).map(file -> rowOf[file]).toArray())));
    }
    return lots;
  }

  /**
   * Weights of files: what is stored of those that are known, and never more than the file has. Of
   * another state of the disk, or with the layers below, an index knows nothing.
   */
  SliceWeights weights(ScanPlan plan) {
    LengthWeights lengths = LengthWeights.of(plan);
    boolean active =
        new ReadState(plan.options().read().state(), plan.options().read().changesFrom())
                .equals(ReadState.ACTIVE)
            && plan.options().read().chain() == ChainMode.TOP;
    if (partOf.length == 0 || !lengths.readsData() || !active) {
      return lengths;
    }
    Map<ImageFile, Long> stored = new HashMap<>();
    for (int i = 0; i < partOf.length; i++) {
      if (knows(i) && allocated[i] >= 0) {
        ImageFile file = files.get(i).file();
        stored.put(file, Math.min(allocated[i], file.length()));
      }
    }
    return file -> stored.getOrDefault(file, lengths.bytes(file));
  }
}
