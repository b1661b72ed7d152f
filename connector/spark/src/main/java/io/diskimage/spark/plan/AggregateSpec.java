package io.diskimage.spark.plan;

import java.io.Serializable;
import java.util.List;

/**
 * A pushed partial aggregation: rows are the group columns, then one value per function, per image
 * and slice.
 *
 * @param groupBy ordinals of the group columns in the full table schema: path, allocated
 * @param functions in the order of the output
 */
public record AggregateSpec(List<Integer> groupBy, List<Function> functions)
    implements Serializable {
  public AggregateSpec {
    groupBy = List.copyOf(groupBy);
    functions = List.copyOf(functions);
  }

  /** Which aggregate. */
  public enum Kind {
    COUNT,
    SUM,
    MIN,
    MAX
  }

  /**
   * One aggregate.
   *
   * @param kind which
   * @param column ordinal of its argument in the full table schema; -1 for COUNT(*) and COUNT over
   *     a condition
   * @param condition rows that count, null for all
   */
  public record Function(Kind kind, int column, RowFilter condition) implements Serializable {}
}
