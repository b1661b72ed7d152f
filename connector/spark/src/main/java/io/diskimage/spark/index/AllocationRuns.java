package io.diskimage.spark.index;

import io.diskimage.format.AllocationSummary;
import java.util.ArrayList;
import java.util.List;

/**
 * An {@link AllocationSummary} as it is stored: neighbouring regions with the same number of stored
 * bytes are one run.
 *
 * @param regionSize guest bytes of a region
 * @param runs in the order of the disk
 */
record AllocationRuns(long regionSize, List<Run> runs) {
  AllocationRuns {
    runs = List.copyOf(runs);
  }

  /**
   * Regions side by side.
   *
   * @param regions how many
   * @param stored guest bytes stored as data, in each of them
   */
  record Run(long regions, long stored) {}

  static AllocationRuns of(AllocationSummary summary) {
    List<Run> runs = new ArrayList<>();
    int first = 0;
    for (int region = 1; region <= summary.regions(); region++) {
      if (region == summary.regions() || summary.stored(region) != summary.stored(first)) {
        runs.add(new Run(region - first, summary.stored(first)));
        first = region;
      }
    }
    return new AllocationRuns(summary.regionSize(), runs);
  }
}
