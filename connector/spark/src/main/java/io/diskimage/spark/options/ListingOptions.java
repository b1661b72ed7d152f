package io.diskimage.spark.options;

/**
 * Which files below the paths are images of the fleet.
 *
 * @param recursive look into directories of directories
 * @param nameGlob pattern that a file's name must match, null for any
 * @param modifiedBefore microseconds since the epoch, exclusive, null for no bound
 * @param modifiedAfter microseconds since the epoch, exclusive, null for no bound
 */
public record ListingOptions(
    boolean recursive, String nameGlob, Long modifiedBefore, Long modifiedAfter) {

  /** Every file, in all directories below. */
  public static final ListingOptions ALL = new ListingOptions(true, null, null, null);
}
