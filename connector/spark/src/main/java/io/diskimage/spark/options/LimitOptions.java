package io.diskimage.spark.options;

import io.diskimage.format.Limit;
import io.diskimage.format.Limits;
import io.diskimage.spark.table.TableKind;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/** The options that move the {@link Limits}: {@code max} and the name of the limit. */
public final class LimitOptions {
  private static final Set<TableKind> ALL = EnumSet.allOf(TableKind.class);

  private static final Map<Limit, ReadOption<Integer>> OPTIONS = new EnumMap<>(Limit.class);

  static {
    for (Limit limit : Limit.values()) {
      OPTIONS.put(limit, option(limit));
    }
  }

  private LimitOptions() {}

  /** All of them. */
  static Collection<ReadOption<Integer>> all() {
    return OPTIONS.values();
  }

  /** The option that moves a limit. */
  public static String name(Limit limit) {
    String label = limit.label();
    return "max" + label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1);
  }

  private static ReadOption<Integer> option(Limit limit) {
    return switch (limit) {
      // Not less than two pages, of which one is in use while the next is read.
      case TABLE_CACHE_BYTES -> bytes(limit, 2 * Limits.DEFAULT.tablePageBytes());
      case TEXT_BYTES, XML_BYTES -> bytes(limit, 0);
      case DECODED_BYTES -> bytes(limit, 512);
      case CHAIN_DEPTH -> number(limit, 0, ALL);
      case KEY_ITERATIONS -> number(limit, 1, ALL);
      case FINDINGS -> number(limit, 0, EnumSet.of(TableKind.FINDINGS));
    };
  }

  private static ReadOption<Integer> bytes(Limit limit, int least) {
    ReadOption.Parser<Long> parser = ReadOption.bytes(least, Integer.MAX_VALUE);
    return new ReadOption<>(
        name(limit),
        Limits.DEFAULT.of(limit),
        value -> parser.parse(value).intValue(),
        "a number of bytes, at least " + least + " and less than 2 GiB",
        ALL);
  }

  private static ReadOption<Integer> number(Limit limit, int least, Set<TableKind> tables) {
    return new ReadOption<>(
        name(limit),
        Limits.DEFAULT.of(limit),
        ReadOption.integer(least, Integer.MAX_VALUE),
        "a number, at least " + least,
        tables);
  }

  /**
   * The limits that options set.
   *
   * @param value of an option, or its default
   */
  static Limits limits(ToIntFunction<ReadOption<Integer>> value) {
    Limits limits = Limits.DEFAULT;
    for (Limit limit : Limit.values()) {
      limits = limits.with(limit, value.applyAsInt(OPTIONS.get(limit)));
    }
    return limits;
  }
}
