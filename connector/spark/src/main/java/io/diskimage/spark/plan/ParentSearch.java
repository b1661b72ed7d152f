package io.diskimage.spark.plan;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.options.ReadOptions;
import io.diskimage.spark.read.ParentProbe;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * The search for images that others may name by id: one job over the files below the chain roots.
 * The driver lists them and opens none.
 */
final class ParentSearch {
  private static final int FILES_PER_TASK = 64;

  private final SparkContextAccess spark;
  private final Configuration conf;
  private final ReadOptions options;

  ParentSearch(SparkContextAccess spark, Configuration conf, ReadOptions options) {
    this.spark = spark;
    this.conf = conf;
    this.options = options;
  }

  /** The images below some directories; none if no image of the scan can ask for them. */
  ParentIndex below(List<String> chainRoots) {
    if (options.chain() != ChainMode.FOLLOW || !mayBeAsked()) {
      return ParentIndex.NONE;
    }
    List<ImageFile> files = new RootListing(conf).list(chainRoots);
    ParentProbe probe = new ParentProbe(options, spark.serializable(conf));
    return ParentIndex.of(spark.flatMap(files, FILES_PER_TASK, probe));
  }

  private boolean mayBeAsked() {
    return options.imageFormat() == null
        ? ImageFormats.all().stream().anyMatch(ImageFormat::parentsById)
        : ImageFormats.byName(options.imageFormat()).filter(ImageFormat::parentsById).isPresent();
  }
}
