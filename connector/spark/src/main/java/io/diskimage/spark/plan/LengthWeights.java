package io.diskimage.spark.plan;

import io.diskimage.format.check.CheckLevel;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.table.TableKind;

/** Weights by the lengths of the files alone, which a listing tells without opening anything. */
final class LengthWeights implements SliceWeights {
  /** Mapping metadata of an image is at most about this part of its length. */
  private static final long METADATA_PART = 1024;

  private final TableKind table;
  private final CheckLevel level;
  private final boolean readsData;

  /**
   * Weights of a table.
   *
   * @param table that is read
   * @param level of checks
   * @param readsData whether blocks are read with their data
   */
  LengthWeights(TableKind table, CheckLevel level, boolean readsData) {
    this.table = table;
    this.level = level;
    this.readsData = readsData;
  }

  /** Weights of a scan. */
  static LengthWeights of(ScanPlan plan) {
    return new LengthWeights(plan.table(), plan.options().read().level(), readsData(plan));
  }

  /** Whether a scan reads stored data: it is selected, or has to be known for {@code _error}. */
  private static boolean readsData(ScanPlan plan) {
    return plan.table() == TableKind.BLOCKS
        && plan.aggregate() == null
        && (plan.reads("data")
            || (plan.reads("_error") && plan.options().read().mode() != ReadMode.FAILFAST));
  }

  /** Whether they are those of stored data. */
  boolean readsData() {
    return readsData;
  }

  @Override
  public long bytes(ImageFile file) {
    return switch (table) {
      case BLOCKS -> readsData ? file.length() : file.length() / METADATA_PART;
      case EXTENTS -> file.length() / METADATA_PART;
      case IMAGES, SNAPSHOTS, BITMAPS, REFERENCES -> 0;
      case FINDINGS, CHECKS -> checkedBytes(file.length());
    };
  }

  /** About what a check reads; one of headers alone costs no more than opening. */
  private long checkedBytes(long length) {
    return switch (level) {
      case HEADER -> 0;
      case METADATA -> length / METADATA_PART;
      case FULL -> length;
    };
  }
}
