package io.diskimage.examples;

import java.util.Locale;

/** How much of the data is read to find duplicate blocks. */
enum DedupMode {
  AUTO,
  OFF,
  SAMPLE,
  FULL;

  /** Allocated bytes from which {@link #AUTO} reads a sample. */
  static final long FULL_BELOW = 20L << 30;

  /** {@link #AUTO} decided for a fleet. */
  DedupMode decide(long allocatedBytes) {
    if (this != AUTO) {
      return this;
    }
    return allocatedBytes < FULL_BELOW ? FULL : SAMPLE;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a mode as users write it. */
  static final class Converter extends ChoiceConverter<DedupMode> {
    Converter() {
      super(DedupMode.class);
    }
  }
}
