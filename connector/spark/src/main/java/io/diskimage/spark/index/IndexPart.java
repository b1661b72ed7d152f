package io.diskimage.spark.index;

import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * A Parquet file of an index, as the manifest names it.
 *
 * @param name below the location of the index
 * @param length bytes, 1 to {@link #MAX_LENGTH}
 * @param rows 1 to {@link #MAX_ROWS}
 * @param checksum CRC-32C of the bytes
 */
public record IndexPart(String name, int length, int rows, int checksum) implements Serializable {
  /** What a reader holds in memory of a part. */
  static final int MAX_LENGTH = 32 << 20;

  static final int MAX_ROWS = 4096;

  /** A manifest must not name files elsewhere. */
  private static final Pattern NAME =
      Pattern.compile("rows-[0-9]{10}-[0-9a-f-]{36}/[0-9a-f-]{36}\\.parquet");

  /**
   * Checks what was read from a manifest.
   *
   * @throws IllegalArgumentException for values that no index has
   */
  public IndexPart {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("no file of an index: " + name);
    }
    if (length < 1 || length > MAX_LENGTH || rows < 1 || rows > MAX_ROWS) {
      throw new IllegalArgumentException(name + " of " + length + " bytes and " + rows + " rows");
    }
  }
}
