package io.diskimage.spark.table;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The tables of a set of images. */
public enum TableKind {
  BLOCKS,
  EXTENTS,
  IMAGES,
  SNAPSHOTS,
  BITMAPS,
  REFERENCES,
  FINDINGS,
  CHECKS;

  /** Name as users write it, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The table of a name, in any case. */
  public static Optional<TableKind> of(String label) {
    return Arrays.stream(values()).filter(kind -> kind.label().equalsIgnoreCase(label)).findFirst();
  }
}
