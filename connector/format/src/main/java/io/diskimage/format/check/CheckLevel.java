package io.diskimage.format.check;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How deep a check goes; each level includes those before it. */
public enum CheckLevel {
  /** Headers, their extensions and trailers: a few small reads, whatever the image's size. */
  HEADER,
  /** Every table; what {@code qemu-img check} does. */
  METADATA,
  /** Every byte of the file is read, and compressed clusters are decoded. */
  FULL;

  /** Name as users write it, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The level of a name, in any case. */
  public static Optional<CheckLevel> of(String label) {
    return Arrays.stream(values())
        .filter(level -> level.label().equalsIgnoreCase(label))
        .findFirst();
  }
}
