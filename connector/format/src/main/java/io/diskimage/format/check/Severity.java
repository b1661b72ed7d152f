package io.diskimage.format.check;

import java.util.Locale;

/** What a finding means for the image. */
public enum Severity {
  /** Metadata that can lose data. */
  CORRUPTION,
  /** Space that nobody uses. */
  LEAK,
  /** A part of the check could not be carried out. */
  ERROR,
  /** Against the rules of the format, without harm to data. */
  WARNING,
  /** Worth knowing. */
  INFO;

  /** Name as users write it, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
