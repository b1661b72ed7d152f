package io.diskimage.spark.plan;

import org.apache.spark.unsafe.types.UTF8String;

/**
 * A STRING column against one value, compared byte by byte.
 *
 * @param column the column
 * @param test what is asked
 * @param value what it is compared with
 * @param wanted the answer that the test must give
 */
record StringFilter(FilterColumn column, Test test, UTF8String value, boolean wanted)
    implements ColumnFilter {
  /** What is asked. */
  enum Test {
    LESS("<"),
    AT_MOST("<="),
    STARTS_WITH("STARTS WITH"),
    ENDS_WITH("ENDS WITH"),
    CONTAINS("CONTAINS");

    private final String sign;

    Test(String sign) {
      this.sign = sign;
    }

    private boolean holds(UTF8String left, UTF8String right) {
      return switch (this) {
        case LESS -> left.binaryCompare(right) < 0;
        case AT_MOST -> left.binaryCompare(right) <= 0;
        case STARTS_WITH -> left.startsWith(right);
        case ENDS_WITH -> left.endsWith(right);
        case CONTAINS -> left.contains(right);
      };
    }
  }

  @Override
  public boolean accepts(RowValues row) {
    int ordinal = column().ordinal();
    return !row.isNull(ordinal) && test.holds(row.getString(ordinal), value) == wanted;
  }

  @Override
  public String toString() {
    return (wanted ? "" : "NOT ") + column() + " " + test.sign + " '" + value + "'";
  }
}
