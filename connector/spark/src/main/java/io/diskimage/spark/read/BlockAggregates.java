package io.diskimage.spark.read;

import io.diskimage.spark.plan.AggregateSpec.Function;
import io.diskimage.spark.plan.AggregateSpec.Kind;
import java.util.List;

/** The values of the functions of one group so far. */
final class BlockAggregates {
  private final Function[] functions;
  private final long[] values;
  private final boolean[] known;

  BlockAggregates(List<Function> functions) {
    this.functions = functions.toArray(Function[]::new);
    this.values = new long[this.functions.length];
    this.known = new boolean[this.functions.length];
    for (int i = 0; i < known.length; i++) {
      known[i] = this.functions[i].kind() == Kind.COUNT;
    }
  }

  /** Adds one row. */
  void add(BlockRow row) {
    for (int i = 0; i < functions.length; i++) {
      if (takes(functions[i], row)) {
        int column = functions[i].column();
        put(i, functions[i].kind() == Kind.COUNT ? 1 : row.getLong(column));
      }
    }
  }

  /** Adds the rows of the rest of a stretch, which differ by their place alone. */
  void addStretch(BlockRow row, BlockScan stretch) {
    row.place(stretch.position(), 0);
    for (int i = 0; i < functions.length; i++) {
      if (takes(functions[i], row)) {
        put(i, ofStretch(functions[i], stretch));
      }
    }
  }

  private static boolean takes(Function function, BlockRow row) {
    return (function.condition() == null || function.condition().accepts(row))
        && (function.column() < 0 || !row.isNull(function.column()));
  }

  private static long ofStretch(Function function, BlockScan stretch) {
    return switch (function.kind()) {
      case COUNT -> stretch.blocksLeft();
      case SUM -> only(function, BlockColumns.LENGTH, stretch.restOfStretch());
      case MIN -> only(function, BlockColumns.OFFSET, stretch.position());
      case MAX -> only(function, BlockColumns.OFFSET, stretch.lastBlock());
    };
  }

  private static long only(Function function, int column, long value) {
    if (function.column() != column) {
      throw new IllegalArgumentException(
          function.kind() + " of column " + function.column() + " is not known from metadata");
    }
    return value;
  }

  private void put(int function, long value) {
    values[function] =
        switch (functions[function].kind()) {
          case COUNT, SUM -> values[function] + value;
          case MIN -> known[function] ? Math.min(values[function], value) : value;
          case MAX -> known[function] ? Math.max(values[function], value) : value;
        };
    known[function] = true;
  }

  /** The value of a function, null if it has none. */
  Long value(int function) {
    return known[function] ? values[function] : null;
  }
}
