package io.diskimage.spark.options;

import java.util.List;
import java.util.Map;

/**
 * All that a scan's options say.
 *
 * @param read what executors need
 * @param listing which files
 * @param paths files, directories and globs as they were given
 * @param chainRoots directories that references may lead into, null for those that are read
 * @param index location of a fleet index, null for none
 * @param hadoop settings for the Hadoop configuration
 */
public record ScanOptions(
    ReadOptions read,
    ListingOptions listing,
    List<String> paths,
    List<String> chainRoots,
    String index,
    Map<String, String> hadoop) {
  public ScanOptions {
    paths = List.copyOf(paths);
    chainRoots = chainRoots == null ? null : List.copyOf(chainRoots);
    hadoop = Map.copyOf(hadoop);
  }
}
