package io.diskimage.spark.options;

/** What {@code blocks} shows of space that reads as zero. */
public enum UnallocatedMode {
  /** A row without bytes. */
  NULL,
  /** A row of zero bytes. */
  ZEROS,
  /** No row. */
  SKIP
}
