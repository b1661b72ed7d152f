package io.diskimage.spark.plan;

/** What a scan reads of files, as far as planning knows it. */
@FunctionalInterface
interface SliceWeights {

  /** About how many bytes the scan reads of a file, at least 0. Called more than once for each. */
  long bytes(ImageFile file);
}
