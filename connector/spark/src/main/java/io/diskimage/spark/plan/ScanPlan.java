package io.diskimage.spark.plan;

import io.diskimage.spark.options.ChainMode;
import io.diskimage.spark.options.ScanOptions;
import io.diskimage.spark.table.TableKind;
import java.util.List;
import org.apache.spark.sql.types.StructType;

/**
 * A scan as it was planned: two that are equal give the same rows.
 *
 * @param options of the read
 * @param readSchema columns of the rows
 * @param filter pushed predicates
 * @param indexFilter over {@code images}: predicates that rows of an index have to meet, whoever
 *     else looks at them
 * @param sample null for none
 * @param limit -1 for none
 * @param aggregate null for none
 */
record ScanPlan(
    ScanOptions options,
    StructType readSchema,
    RowFilter filter,
    RowFilter indexFilter,
    SampleSpec sample,
    int limit,
    AggregateSpec aggregate) {
  private static final int SHOWN_PATHS = 3;

  TableKind table() {
    return options.read().table();
  }

  boolean reads(String column) {
    return List.of(readSchema.fieldNames()).contains(column);
  }

  /** For plans. */
  String describe() {
    StringBuilder text = new StringBuilder("diskimage ").append(table().label());
    List<String> paths = options.paths();
    text.append(" [").append(String.join(", ", paths.subList(0, shown(paths))));
    if (shown(paths) < paths.size()) {
      text.append(", ... ").append(paths.size() - shown(paths)).append(" more");
    }
    text.append(']');
    if (options.read().chain() == ChainMode.FOLLOW) {
      text.append(", chain: follow");
      if (options.chainRoots() != null) {
        text.append(", chainRoots: ").append(options.chainRoots());
      }
    }
    if (options.read().snapshot() != null) {
      text.append(", snapshot: ").append(options.read().snapshot());
    }
    if (options.read().bitmap() != null) {
      text.append(", bitmap: ").append(options.read().bitmap());
    }
    if (options.read().snapshotAsOfMicros() != null) {
      text.append(", snapshotAsOf: ").append(options.read().snapshotAsOfMicros());
    }
    if (options.read().changesFrom() != null) {
      text.append(", changesFrom: ").append(options.read().changesFrom());
    }
    if (aggregate == null) {
      text.append(", columns: [").append(String.join(", ", readSchema.fieldNames())).append(']');
    }
    text.append(", pushedFilters: [").append(filter.isAlways() ? "" : filter).append(']');
    if (options.index() != null) {
      text.append(", index: ").append(options.index());
      text.append(", indexFilters: [")
          .append(indexFilter.isAlways() ? "" : indexFilter)
          .append(']');
    }
    if (sample != null) {
      text.append(", sample: ")
          .append(sample.lowerBound())
          .append(" to ")
          .append(sample.upperBound())
          .append(" seed ")
          .append(sample.seed());
    }
    if (limit >= 0) {
      text.append(", limit: ").append(limit);
    }
    if (aggregate != null) {
      text.append(", pushedAggregates: [")
          .append(
              String.join(
                  ", ",
                  List.of(readSchema.fieldNames())
                      .subList(aggregate.groupBy().size(), readSchema.length())))
          .append("], groupBy: [")
          .append(
              String.join(
                  ", ", List.of(readSchema.fieldNames()).subList(0, aggregate.groupBy().size())))
          .append(']');
    }
    return text.toString();
  }

  private static int shown(List<String> paths) {
    return Math.min(SHOWN_PATHS, paths.size());
  }
}
