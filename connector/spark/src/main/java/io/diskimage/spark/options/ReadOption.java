package io.diskimage.spark.options;

import io.diskimage.spark.table.TableKind;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * An option: its name, its default, what its values may be, and the tables it applies to.
 *
 * @param <T> of its values
 */
final class ReadOption<T> {
  private final String name;
  private final T defaultValue;
  private final Parser<T> parser;
  private final String allowed;
  private final Set<TableKind> tables;

  /** Reads a value; throws an IllegalArgumentException if it is not allowed. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String value);
  }

  ReadOption(String name, T defaultValue, Parser<T> parser, String allowed, Set<TableKind> tables) {
    this.name = name;
    this.defaultValue = defaultValue;
    this.parser = parser;
    this.allowed = allowed;
    this.tables = EnumSet.copyOf(tables);
  }

  String name() {
    return name;
  }

  T defaultValue() {
    return defaultValue;
  }

  boolean appliesTo(TableKind table) {
    return tables.contains(table);
  }

  /** Names of the tables that know this option, for messages. */
  String tables() {
    return String.join(", ", tables.stream().map(TableKind::label).toList());
  }

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException naming option, value and what is allowed
   */
  T parse(String value) {
    String trimmed = Objects.requireNonNullElse(value, "").trim();
    try {
      return parser.parse(trimmed);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Option "
              + name
              + ": '"
              + value
              + "' is not allowed ("
              + e.getMessage()
              + "); allowed: "
              + allowed,
          e);
    }
  }

  static <E extends Enum<E>> Parser<E> oneOf(Class<E> type) {
    return value ->
        Arrays.stream(type.getEnumConstants())
            .filter(constant -> constant.name().equalsIgnoreCase(value))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no such value"));
  }

  static boolean parseBoolean(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("not a boolean");
    };
  }

  /** A number of bytes, as Spark's configuration takes it: 1048576, 1024k, 1m. */
  static Parser<Long> bytes(long min, long max) {
    return value -> inRange(parseBytes(value), min, max);
  }

  static Parser<Integer> integer(int min, int max) {
    return value -> (int) inRange(parseLong(value), min, max);
  }

  static long parseBytes(String value) {
    int digits = 0;
    while (digits < value.length() && Character.digit(value.charAt(digits), 10) >= 0) {
      digits++;
    }
    int shift =
        switch (value.substring(digits).trim().toLowerCase(Locale.ROOT)) {
          case "", "b" -> 0;
          case "k", "kb", "kib" -> 10;
          case "m", "mb", "mib" -> 20;
          case "g", "gb", "gib" -> 30;
          case "t", "tb", "tib" -> 40;
          default -> throw new IllegalArgumentException("not a size");
        };
    long count = parseLong(value.substring(0, digits));
    if (count > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("too large");
    }
    return count << shift;
  }

  private static long parseLong(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a number", e);
    }
  }

  private static long inRange(long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException("out of range");
    }
    return value;
  }
}
