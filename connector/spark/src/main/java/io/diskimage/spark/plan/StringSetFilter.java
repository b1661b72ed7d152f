package io.diskimage.spark.plan;

import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A STRING column that is, or is not, one of some values, compared byte by byte.
 *
 * @param column the column
 * @param values at least one
 * @param member whether the column must be in the set; otherwise it must be outside
 */
record StringSetFilter(FilterColumn column, Set<UTF8String> values, boolean member)
    implements ColumnFilter {
  private static final int SHOWN = 10;

  StringSetFilter {
    values = Set.copyOf(values);
  }

  @Override
  public boolean accepts(RowValues row) {
    int ordinal = column().ordinal();
    return !row.isNull(ordinal) && values.contains(row.getString(ordinal)) == member;
  }

  @Override
  public String toString() {
    return column()
        + (member ? " IN (" : " NOT IN (")
        + values.stream()
            .map(value -> "'" + value + "'")
            .sorted()
            .limit(SHOWN)
            .collect(Collectors.joining(", "))
        + (values.size() > SHOWN ? ", ... " + (values.size() - SHOWN) + " more)" : ")");
  }
}
