package io.diskimage.examples;

import java.util.Locale;

/** How much of each image is checked: the connector's option {@code level}. */
enum CheckDepth {
  HEADER,
  METADATA,
  FULL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a level as users write it. */
  static final class Converter extends ChoiceConverter<CheckDepth> {
    Converter() {
      super(CheckDepth.class);
    }
  }
}
