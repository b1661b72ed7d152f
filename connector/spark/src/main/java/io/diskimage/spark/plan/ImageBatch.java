package io.diskimage.spark.plan;

import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.plan.IndexMatch.Lot;
import io.diskimage.spark.read.ImageReaderFactory;
import io.diskimage.spark.table.TableKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;

/** A scan with what runtime filters have left of it; equal ones may share their results. */
final class ImageBatch implements Batch {
  private final ImageScan scan;
  private final ScanPlan plan;
  private final RowFilter runtimeFilter;

  ImageBatch(ImageScan scan, ScanPlan plan, RowFilter runtimeFilter) {
    this.scan = scan;
    this.plan = plan;
    this.runtimeFilter = runtimeFilter;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    List<ListedFile> all = scan.files();
    IndexMatch index = scan.index();
    List<ListedFile> files = new ArrayList<>();
    BitSet known = new BitSet();
    for (int i = 0; i < all.size(); i++) {
      if (runtimeFilter.forPath(all.get(i).file().path()).isNever() || index.excludes(i)) {
        continue;
      }
      if (plan.table() == TableKind.IMAGES && index.knows(i)) {
        known.set(i);
      } else {
        files.add(all.get(i));
      }
    }
    if (files.isEmpty() && aggregatesAll()) {
      return new InputPartition[] {new ImagePartition(List.of(), List.of())};
    }
    SparkContextAccess spark = new SparkContextAccess();
    InputPartition[] opened =
        new SplitPlanner(
                plan.options().read(),
                weights(files, index),
                spark.parallelism(),
                new SliceLocations(spark.executors()))
            .plan(files);
    return Stream.concat(Arrays.stream(opened), index.lots(known).stream().map(Lot::partition))
        .toArray(InputPartition[]::new);
  }

  private SliceWeights weights(List<ListedFile> files, IndexMatch index) {
    SliceWeights own = index.weights(plan);
    boolean cutsDisks = plan.table() == TableKind.BLOCKS || plan.table() == TableKind.EXTENTS;
    return cutsDisks && plan.options().read().chain() == ChainMode.FOLLOW
        ? new LayeredWeights(own, files)
        : own;
  }

  /**
   * Whether the scan gives one row of partial counts, which it has to give of no files too: Spark's
   * sum of partial counts is NULL over no rows at all.
   */
  private boolean aggregatesAll() {
    return plan.aggregate() != null && plan.aggregate().groupBy().isEmpty();
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new ImageReaderFactory(scan.spec());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageBatch that
        && plan.equals(that.plan)
        && runtimeFilter.equals(that.runtimeFilter);
  }

  @Override
  public int hashCode() {
    return Objects.hash(plan, runtimeFilter);
  }
}
