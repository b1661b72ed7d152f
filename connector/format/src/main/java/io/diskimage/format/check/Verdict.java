package io.diskimage.format.check;

import java.util.Locale;

/** The outcome of a check in one word; the first that applies, in this order. */
public enum Verdict {
  /** It changed while it was read. */
  UNSTABLE,
  /** It has a feature, or is of a format, that cannot be checked. */
  UNSUPPORTED,
  /** Metadata that can lose data. */
  CORRUPT,
  /** It was refused, or a part of it could not be read or checked. */
  UNREADABLE,
  /** Space that nobody uses, and no more. */
  LEAKS,
  /** Nothing found. */
  CLEAN;

  /** Name as users write it, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
