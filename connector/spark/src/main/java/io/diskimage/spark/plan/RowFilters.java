package io.diskimage.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Filters that need no column, and how filters are put together. There is no NOT: {@link
 * FilterCompiler} moves it down to the leaves. Without it a filter is TRUE exactly if those of its
 * parts that make it so are, and FALSE and UNKNOWN need not be told apart.
 */
final class RowFilters {
  static final RowFilter ALWAYS = Constant.ALWAYS;
  static final RowFilter NEVER = Constant.NEVER;

  private RowFilters() {}

  static RowFilter and(List<RowFilter> parts) {
    List<RowFilter> kept = new ArrayList<>();
    for (RowFilter part : parts) {
      if (part.isNever()) {
        return NEVER;
      } else if (part instanceof And and) {
        kept.addAll(and.parts());
      } else if (!part.isAlways()) {
        kept.add(part);
      }
    }
    List<RowFilter> needed = NullTests.withoutImplied(kept);
    if (needed.stream().anyMatch(RowFilter::isNever)) {
      return NEVER;
    }
    return switch (needed.size()) {
      case 0 -> ALWAYS;
      case 1 -> needed.get(0);
      default -> new And(needed);
    };
  }

  static RowFilter or(List<RowFilter> parts) {
    List<RowFilter> kept = new ArrayList<>();
    for (RowFilter part : parts) {
      if (part.isAlways()) {
        return ALWAYS;
      } else if (part instanceof Or or) {
        kept.addAll(or.parts());
      } else if (!part.isNever()) {
        kept.add(part);
      }
    }
    return switch (kept.size()) {
      case 0 -> NEVER;
      case 1 -> kept.get(0);
      default -> new Or(kept);
    };
  }

  private enum Constant implements RowFilter {
    ALWAYS,
    NEVER;

    @Override
    public boolean accepts(RowValues row) {
      return this == ALWAYS;
    }

    @Override
    public RowFilter given(int column, UTF8String value) {
      return this;
    }

    @Override
    public boolean isAlways() {
      return this == ALWAYS;
    }

    @Override
    public boolean isNever() {
      return this == NEVER;
    }

    @Override
    public long lowerBound(int column) {
      return this == ALWAYS ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    @Override
    public long upperBound(int column) {
      return this == ALWAYS ? Long.MAX_VALUE : Long.MIN_VALUE;
    }

    @Override
    public boolean references(int column) {
      return false;
    }

    @Override
    public String toString() {
      return this == ALWAYS ? "TRUE" : "FALSE";
    }
  }

  record And(List<RowFilter> parts) implements RowFilter {
    And {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean accepts(RowValues row) {
      for (RowFilter part : parts) {
        if (!part.accepts(row)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public RowFilter given(int column, UTF8String value) {
      return and(parts.stream().map(part -> part.given(column, value)).toList());
    }

    @Override
    public boolean isAlways() {
      return false;
    }

    @Override
    public boolean isNever() {
      return false;
    }

    @Override
    public long lowerBound(int column) {
      return fold(parts, part -> part.lowerBound(column), Math::max);
    }

    @Override
    public long upperBound(int column) {
      return fold(parts, part -> part.upperBound(column), Math::min);
    }

    @Override
    public boolean references(int column) {
      return parts.stream().anyMatch(part -> part.references(column));
    }

    @Override
    public String toString() {
      return joined(parts, " AND ");
    }
  }

  record Or(List<RowFilter> parts) implements RowFilter {
    Or {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean accepts(RowValues row) {
      for (RowFilter part : parts) {
        if (part.accepts(row)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public RowFilter given(int column, UTF8String value) {
      return or(parts.stream().map(part -> part.given(column, value)).toList());
    }

    @Override
    public boolean isAlways() {
      return false;
    }

    @Override
    public boolean isNever() {
      return false;
    }

    @Override
    public long lowerBound(int column) {
      return fold(parts, part -> part.lowerBound(column), Math::min);
    }

    @Override
    public long upperBound(int column) {
      return fold(parts, part -> part.upperBound(column), Math::max);
    }

    @Override
    public boolean references(int column) {
      return parts.stream().anyMatch(part -> part.references(column));
    }

    @Override
    public String toString() {
      return joined(parts, " OR ");
    }
  }

  private static long fold(
      List<RowFilter> parts, ToLongFunction<RowFilter> bound, LongBinaryOperator choice) {
    return parts.stream().mapToLong(bound).reduce(choice).orElseThrow();
  }

  private static String joined(List<RowFilter> parts, String word) {
    return parts.stream()
        .map(part -> part instanceof And || part instanceof Or ? "(" + part + ")" : part.toString())
        .collect(Collectors.joining(word));
  }
}
