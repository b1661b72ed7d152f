package io.diskimage.spark.plan;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Comparisons of one column with values that are not NULL. {@code wanted} is the answer for which a
 * row is taken; rows where the column is NULL never are.
 *
 * @param column the column
 * @param type of the column
 */
record ColumnComparison(FilterColumn column, DataType type) {
  /** Comparisons, and what they are with their sides exchanged. */
  static final Map<String, String> MIRRORED =
      Map.of("=", "=", "<>", "<>", "<=>", "<=>", "<", ">", "<=", ">=", ">", "<", ">=", "<=");

  /** Null-safe equality, which is never UNKNOWN. */
  RowFilter nullSafeEqual(Object value, boolean wanted) {
    if (value == null) {
      return new NullFilter(column, wanted);
    }
    RowFilter decided = in(List.of(value), wanted);
    return wanted ? decided : RowFilters.or(List.of(decided, new NullFilter(column, true)));
  }

  /** Membership; of no values at all it is FALSE. */
  RowFilter in(List<Object> values, boolean wanted) {
    if (values.isEmpty()) {
      return wanted ? RowFilters.NEVER : new NullFilter(column, false);
    }
    if (isNumber() && values.size() == 1 && wanted) {
      return new LongRangeFilter(column, number(values.get(0)), number(values.get(0)));
    }
    if (isNumber()) {
      return new LongSetFilter(column, values.stream().mapToLong(this::number).toArray(), wanted);
    }
    if (type.equals(DataTypes.StringType)) {
      return new StringSetFilter(
          column, values.stream().map(this::string).collect(Collectors.toSet()), wanted);
    }
    boolean hasFalse = values.contains(false) == wanted;
    boolean hasTrue = values.contains(true) == wanted;
    return booleans(hasFalse, hasTrue);
  }

  /** A comparison by its sign or name; null if there is none of that name for the type. */
  RowFilter compare(String name, Object value, boolean wanted) {
    if (name.equals("=") || name.equals("<>")) {
      return in(List.of(value), name.equals("=") == wanted);
    }
    if (isNumber()) {
      return compareNumbers(name, number(value), wanted);
    }
    if (type.equals(DataTypes.StringType)) {
      return compareStrings(name, string(value), wanted);
    }
    return compareBooleans(name, (Boolean) value, wanted);
  }

  private RowFilter compareNumbers(String name, long value, boolean wanted) {
    return switch (name) {
      case "<" -> wanted ? below(value) : atLeast(value);
      case "<=" -> wanted ? atMost(value) : above(value);
      case ">" -> wanted ? above(value) : atMost(value);
      case ">=" -> wanted ? atLeast(value) : below(value);
      default -> null;
    };
  }

  private RowFilter compareStrings(String name, UTF8String value, boolean wanted) {
    return switch (name) {
      case "<" -> new StringFilter(column, StringFilter.Test.LESS, value, wanted);
      case "<=" -> new StringFilter(column, StringFilter.Test.AT_MOST, value, wanted);
      case ">" -> new StringFilter(column, StringFilter.Test.AT_MOST, value, !wanted);
      case ">=" -> new StringFilter(column, StringFilter.Test.LESS, value, !wanted);
      case "STARTS_WITH" -> new StringFilter(column, StringFilter.Test.STARTS_WITH, value, wanted);
      case "ENDS_WITH" -> new StringFilter(column, StringFilter.Test.ENDS_WITH, value, wanted);
      case "CONTAINS" -> new StringFilter(column, StringFilter.Test.CONTAINS, value, wanted);
      default -> null;
    };
  }

  /** FALSE sorts before TRUE. */
  private RowFilter compareBooleans(String name, boolean value, boolean wanted) {
    return switch (name) {
      case "<" -> booleans(value == wanted, !wanted);
      case "<=" -> booleans(wanted, value == wanted);
      case ">" -> booleans(!wanted, !value == wanted);
      case ">=" -> booleans(!value == wanted, wanted);
      default -> null;
    };
  }

  private RowFilter booleans(boolean takesFalse, boolean takesTrue) {
    if (takesFalse == takesTrue) {
      return takesTrue ? new NullFilter(column, false) : RowFilters.NEVER;
    }
    return new BooleanFilter(column, takesTrue);
  }

  private RowFilter below(long value) {
    return value == Long.MIN_VALUE
        ? RowFilters.NEVER
        : new LongRangeFilter(column, Long.MIN_VALUE, value - 1);
  }

  private RowFilter above(long value) {
    return value == Long.MAX_VALUE
        ? RowFilters.NEVER
        : new LongRangeFilter(column, value + 1, Long.MAX_VALUE);
  }

  private RowFilter atMost(long value) {
    return new LongRangeFilter(column, Long.MIN_VALUE, value);
  }

  private RowFilter atLeast(long value) {
    return new LongRangeFilter(column, value, Long.MAX_VALUE);
  }

  private boolean isNumber() {
    return type.equals(DataTypes.IntegerType)
        || type.equals(DataTypes.LongType)
        || type.equals(DataTypes.TimestampType);
  }

  private long number(Object value) {
    return ((Number) value).longValue();
  }

  private UTF8String string(Object value) {
    return value instanceof UTF8String utf8 ? utf8 : UTF8String.fromString((String) value);
  }
}
