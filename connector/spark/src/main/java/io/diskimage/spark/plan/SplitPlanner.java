package io.diskimage.spark.plan;

import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.table.TableKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/** Cuts files into slices and packs slices into tasks. The driver opens no image for it. */
final class SplitPlanner {
  /** Slices of extents are not smaller, as each looks past its borders. */
  private static final long MIN_EXTENT_WEIGHT = 64L << 20;

  /**
   * Tasks that files too small to count make of themselves, in all and for each core. Spark's rule
   * alone gives one to 33 of them, which takes longer to run than they take to open.
   */
  private static final int MOST_TASKS_BY_OPENING = 256;

  private static final int MOST_TASKS_BY_OPENING_PER_CORE = 32;

  private final ReadOptions options;
  private final SliceWeights weights;
  private final int cores;
  private final SliceLocations locations;

  SplitPlanner(ReadOptions options, SliceWeights weights, int cores, SliceLocations locations) {
    this.options = options;
    this.weights = weights;
    this.cores = cores;
    this.locations = locations;
  }

  /**
   * A slice and what it weighs in bytes.
   *
   * @param source of the slice
   * @param slice for executors
   * @param weight bytes
   */
  private record Weighed(ListedFile source, ImageSlice slice, long weight) {}

  InputPartition[] plan(List<ListedFile> files) {
    long total = 0;
    for (ListedFile file : files) {
      total =
          saturatedSum(total, saturatedSum(weights.bytes(file.file()), options.openCostInBytes()));
    }
    long maxSplit =
        Math.min(
            options.maxPartitionBytes(),
            Math.max(options.openCostInBytes(), total / Math.max(1, cores)));
    // A claim of a huge length must not become millions of slices.
    maxSplit = Math.max(1, Math.max(maxSplit, total / options.maxPartitions()));
    List<Weighed> slices = slices(files, maxSplit);
    long openCost = openCost(files.size(), maxSplit);
    List<List<Weighed>> packed = pack(slices, maxSplit, openCost);
    while (packed.size() > options.maxPartitions()) {
      maxSplit = saturatedSum(maxSplit, maxSplit);
      packed = pack(slices, maxSplit, openCost);
    }
    return packed.stream().map(this::partition).toArray(InputPartition[]::new);
  }

  /** What opening a file counts for, in bytes: less where it alone would make too many tasks. */
  private long openCost(int files, long maxSplit) {
    double tasks =
        Math.max((double) MOST_TASKS_BY_OPENING, (double) MOST_TASKS_BY_OPENING_PER_CORE * cores);
    return (long)
        Math.min(
            (double) options.openCostInBytes(), (double) maxSplit * tasks / Math.max(1, files));
  }

  private List<Weighed> slices(List<ListedFile> files, long maxSplit) {
    List<Weighed> slices = new ArrayList<>();
    for (ListedFile file : files) {
      long weight = weights.bytes(file.file());
      int count = sliceCount(weight, maxSplit);
      for (int k = 0; k < count; k++) {
        slices.add(new Weighed(file, new ImageSlice(file.file(), k, count), weight / count));
      }
    }
    // As Spark does: the heaviest first, so that no task begins long work at the end.
    slices.sort(Comparator.comparingLong(Weighed::weight).reversed());
    return slices;
  }

  private int sliceCount(long weight, long maxSplit) {
    if (options.table() != TableKind.BLOCKS && options.table() != TableKind.EXTENTS) {
      return 1;
    }
    long smallest =
        options.table() == TableKind.EXTENTS ? Math.max(maxSplit, MIN_EXTENT_WEIGHT) : maxSplit;
    long count = weight / smallest + (weight % smallest == 0 ? 0 : 1);
    return (int) Math.max(1, Math.min(count, options.maxPartitions()));
  }

  /** Next fit. */
  private List<List<Weighed>> pack(List<Weighed> slices, long maxSplit, long openCost) {
    List<List<Weighed>> bins = new ArrayList<>();
    List<Weighed> bin = new ArrayList<>();
    long filled = 0;
    for (Weighed slice : slices) {
      if (!bin.isEmpty() && saturatedSum(filled, slice.weight()) > maxSplit) {
        bins.add(bin);
        bin = new ArrayList<>();
        filled = 0;
      }
      bin.add(slice);
      filled = saturatedSum(filled, saturatedSum(slice.weight(), openCost));
    }
    if (!bin.isEmpty()) {
      bins.add(bin);
    }
    return bins;
  }

  private InputPartition partition(List<Weighed> bin) {
    List<SliceLocations.Located> located =
        bin.stream()
            .map(slice -> new SliceLocations.Located(slice.source(), slice.slice()))
            .toList();
    return new ImagePartition(
        bin.stream().map(Weighed::slice).toList(), locations.preferred(located));
  }

  private static long saturatedSum(long left, long right) {
    long sum = left + right;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
