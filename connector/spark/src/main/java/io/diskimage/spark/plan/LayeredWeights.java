package io.diskimage.spark.plan;

import java.util.List;

/**
 * Weights of a scan that reads the layers below its images too. What lies below which image only
 * executors find out: each file counts as much more as the mean of all, so that a small layer over
 * a large one is cut as well, and a scan of images without others below has at most twice the
 * slices.
 */
final class LayeredWeights implements SliceWeights {
  private final SliceWeights own;
  private final long mean;

  /**
   * Weights of the files of a scan.
   *
   * @param own of each file by itself
   */
  LayeredWeights(SliceWeights own, List<ListedFile> files) {
    this.own = own;
    double total = 0;
    for (ListedFile file : files) {
      total += own.bytes(file.file());
    }
    this.mean = (long) (total / Math.max(1, files.size()));
  }

  @Override
  public long bytes(ImageFile file) {
    long sum = own.bytes(file) + mean;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
