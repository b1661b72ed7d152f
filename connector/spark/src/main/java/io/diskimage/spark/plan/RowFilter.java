package io.diskimage.spark.plan;

import java.io.Serializable;
import org.apache.spark.unsafe.types.UTF8String;

/** The pushed predicates of a scan, by SQL's three-valued logic. */
public interface RowFilter extends Serializable {

  /** Whether the predicates are TRUE for a row; FALSE and UNKNOWN rows are dropped. */
  boolean accepts(RowValues row);

  /**
   * This filter with what it asks of one STRING column decided; may become {@link #isAlways()} or
   * {@link #isNever()}.
   *
   * @param value null for NULL
   */
  RowFilter given(int column, UTF8String value);

  /** This filter for the rows of one file. */
  default RowFilter forPath(String path) {
    return given(FilterColumn.PATH, UTF8String.fromString(path));
  }

  /** Accepts every row. */
  boolean isAlways();

  /** Accepts no row. */
  boolean isNever();

  /**
   * Smallest value of an INT, BIGINT or TIMESTAMP column that could be accepted, {@link
   * Long#MIN_VALUE} when unbounded. A filter that accepts nothing has bounds that cross.
   */
  long lowerBound(int column);

  /**
   * Largest value of an INT, BIGINT or TIMESTAMP column that could be accepted, {@link
   * Long#MAX_VALUE} when unbounded.
   */
  long upperBound(int column);

  /** Whether the filter looks at a column. */
  boolean references(int column);
}
