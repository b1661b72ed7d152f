package io.diskimage.spark.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * Drops tests for NULL that other parts of a conjunction imply. Spark puts IS NOT NULL beside every
 * comparison, and {@code count_if(x)} arrives as "x IS NOT NULL and NOT x is not TRUE".
 */
final class NullTests {
  private NullTests() {}

  static List<RowFilter> withoutImplied(List<RowFilter> conjunction) {
    List<RowFilter> needed = new ArrayList<>(conjunction);
    for (int i = 0; i < needed.size(); i++) {
      if (needed.get(i) instanceof RowFilters.Or or) {
        needed.set(i, withoutNull(or, others(needed, i)));
      }
    }
    for (int i = needed.size() - 1; i >= 0; i--) {
      if (needed.get(i) instanceof NullFilter test
          && !test.wantsNull()
          && rejectNull(others(needed, i), test.column().ordinal())) {
        needed.remove(i);
      }
    }
    return needed;
  }

  /** A disjunction without "is NULL" of columns that the other parts allow no NULL in. */
  private static RowFilter withoutNull(RowFilters.Or or, List<RowFilter> others) {
    return RowFilters.or(
        or.parts().stream()
            .filter(
                part ->
                    !(part instanceof NullFilter test
                        && test.wantsNull()
                        && rejectNull(others, test.column().ordinal())))
            .toList());
  }

  private static List<RowFilter> others(List<RowFilter> parts, int index) {
    List<RowFilter> others = new ArrayList<>(parts);
    others.remove(index);
    return others;
  }

  private static boolean rejectNull(List<RowFilter> conjunction, int column) {
    return conjunction.stream().anyMatch(part -> rejectsNull(part, column));
  }

  private static boolean rejectsNull(RowFilter filter, int column) {
    if (filter instanceof ColumnFilter leaf) {
      boolean wantsNull = leaf instanceof NullFilter test && test.wantsNull();
      return leaf.references(column) && !wantsNull;
    }
    if (filter instanceof RowFilters.And and) {
      return rejectNull(and.parts(), column);
    }
    return filter instanceof RowFilters.Or or
        && or.parts().stream().allMatch(part -> rejectsNull(part, column));
  }
}
