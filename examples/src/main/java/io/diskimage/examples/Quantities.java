package io.diskimage.examples;

import java.util.Locale;

/** Sizes, counts and shares for people; "-" for null. */
final class Quantities {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private static final String NONE = "-";

  private Quantities() {}

  /** Bytes in the largest unit of 1024 that gives at least 1, with one decimal: {@code 1.5 GiB}. */
  static String bytes(Long bytes) {
    if (bytes == null) {
      return NONE;
    }
    double value = bytes;
    int unit = 0;
    while (unit < UNITS.length - 1 && Math.round(value * 10) >= 10240) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** A count with its thousands set apart: {@code 12,345}. */
  static String count(Long count) {
    return count == null ? NONE : String.format(Locale.ROOT, "%,d", count);
  }

  /** A count of things: {@code 1 file}, {@code 2 files}. */
  static String plural(long count, String noun) {
    return count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /** A line that says how many rows a listing leaves out; empty if it leaves out none. */
  static String more(long left, String what) {
    return left > 0 ? "and " + count(left) + " more " + what + "\n" : "";
  }

  /** A share of a whole in percent with one decimal: {@code 12.5 %}. */
  static String percent(Long part, Long whole) {
    return part == null || whole == null || whole == 0
        ? NONE
        : percent((double) part / (double) whole);
  }

  /** A fraction in percent; what is more than nothing is never shown as nothing. */
  static String percent(Double fraction) {
    if (fraction == null) {
      return NONE;
    }
    if (fraction > 0 && fraction < 0.0005) {
      return "<0.1 %";
    }
    return String.format(Locale.ROOT, "%.1f %%", fraction * 100);
  }
}
