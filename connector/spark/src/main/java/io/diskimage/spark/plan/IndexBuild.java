package io.diskimage.spark.plan;

import io.diskimage.spark.index.FleetIndex;
import io.diskimage.spark.index.IndexGeneration;
import io.diskimage.spark.index.IndexPart;
import io.diskimage.spark.index.IndexSettings;
import io.diskimage.spark.index.IndexWork;
import io.diskimage.spark.index.IndexWritten;
import io.diskimage.spark.options.ScanOptions;
import io.diskimage.spark.read.IndexBuilder;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.broadcast.Broadcast;

/**
 * The build of a fleet index: one job, whose tasks write its files. Only images that the index
 * before does not know as they are now are opened.
 */
public final class IndexBuild {
  /** Tasks for each core: enough to even out images that take long. */
  private static final int TASKS_PER_CORE = 3;

  /** What opening an image costs, in rows that are copied. */
  private static final int OPENING = 128;

  private static final int MOST_FILES = 4096;

  private final ScanOptions options;
  private final SparkContextAccess spark = new SparkContextAccess();
  private final Configuration conf;

  /**
   * A build with the options of table {@code images}.
   *
   * @param options with the paths whose files are indexed
   */
  public IndexBuild(ScanOptions options) {
    this.options = options;
    this.conf = spark.configuration(options.hadoop());
  }

  /**
   * What came of it.
   *
   * @param images files under the paths
   * @param carried of these, rows taken over from the index before
   * @param opened the others
   * @param failed rows with an error
   * @param files of the index
   * @param bytes of these files
   */
  public record Result(
      long images, long carried, long opened, long failed, long files, long bytes) {}

  /**
   * Builds.
   *
   * @param location directory of the index, which need not be there
   * @throws IllegalArgumentException if the files of the index would be taken for images
   */
  public Result run(String location) {
    try {
      IndexGeneration generation = IndexGeneration.begin(location, conf);
      boolean published = false;
      try {
        Result result = build(generation);
        published = true;
        return result;
      } finally {
        if (!published) {
          generation.abandon();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Index " + location + ": " + e.getMessage(), e);
    }
  }

  private Result build(IndexGeneration generation) throws IOException {
    long listedAt = System.currentTimeMillis();
    FileListing.Listing listing = new FileListing(conf, options.listing()).list(options.paths());
    requireOutside(generation.location(), listing.directories());
    IndexSettings settings = IndexSettings.of(options.read());
    FleetIndex before = FleetIndex.open(generation.location(), conf, settings, false);
    IndexMatch match = IndexMatch.of(before, listing.files(), IndexPruning.NONE);
    List<IndexWritten> written = write(generation, works(listing.files(), match, listedAt));
    List<IndexPart> parts = written.stream().flatMap(task -> task.parts().stream()).toList();
    generation.publish(settings, parts);
    return new Result(
        listing.files().size(),
        written.stream().mapToLong(IndexWritten::carried).sum(),
        written.stream().mapToLong(IndexWritten::opened).sum(),
        written.stream().mapToLong(IndexWritten::failed).sum(),
        parts.size(),
        parts.stream().mapToLong(IndexPart::length).sum());
  }

  private static void requireOutside(String location, List<String> directories) {
    for (String directory : directories) {
      String below = directory.endsWith("/") ? directory : directory + "/";
      if ((location + "/").startsWith(below)
          && !List.of(location.substring(below.length() - 1).split("/")).stream()
              .anyMatch(FileChoice::isHidden)) {
        throw new IllegalArgumentException(
            "The index must not lie among the images, or its files are taken for some: "
                + location
                + " is below "
                + directory
                + "; a name that begins with _ will do");
      }
    }
  }

  /** Stretches of the listing that cost about the same. */
  private List<IndexWork> works(List<ListedFile> files, IndexMatch match, long listedAt) {
    long total = 0;
    for (int i = 0; i < files.size(); i++) {
      total += cost(match, i);
    }
    long share = Math.max(MOST_FILES, total / ((long) TASKS_PER_CORE * spark.parallelism()));
    List<IndexWork> works = new ArrayList<>();
    int first = 0;
    long cost = 0;
    for (int i = 0; i < files.size(); i++) {
      cost += cost(match, i);
      if (cost >= share || i + 1 - first == MOST_FILES || i + 1 == files.size()) {
        works.add(work(files, first, i + 1, match, listedAt));
        first = i + 1;
        cost = 0;
      }
    }
    return works;
  }

  private static int cost(IndexMatch match, int file) {
    return match.knows(file) ? 1 : OPENING;
  }

  private static IndexWork work(
      List<ListedFile> files, int from, int to, IndexMatch match, long listedAt) {
    BitSet carried = new BitSet();
    List<ImageFile> opened = new ArrayList<>();
    for (int i = from; i < to; i++) {
      if (match.knows(i)) {
        carried.set(i);
      } else {
        opened.add(files.get(i).file());
      }
    }
    List<IndexWork.Carried> lots =
        match.lots(carried).stream()
            .map(lot -> new IndexWork.Carried(lot.known(), lot.files()))
            .toList();
    return new IndexWork(lots, opened, listedAt);
  }

  private List<IndexWritten> write(IndexGeneration generation, List<IndexWork> works) {
    Broadcast<ScanSpec> spec =
        spark.broadcast(
            new ScanSpec(
                options.read(),
                TableSchemas.columns(TableKind.IMAGES),
                RowFilters.ALWAYS,
                null,
                -1,
                null,
                List.of(),
                ParentIndex.NONE,
                spark.serializable(conf)));
    try {
      return spark.flatMap(
          works, 1, new IndexBuilder(spec, generation.location(), generation.name()));
    } finally {
      spec.destroy();
    }
  }
}
