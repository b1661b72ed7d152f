package io.diskimage.spark.options;

/** What a problem of an image does to {@code blocks} and {@code extents}. */
public enum ReadMode {
  /** The first problem fails the job. */
  FAILFAST,
  /** A problem is a row with {@code _error}. */
  PERMISSIVE,
  /** Rows with a problem are left out. */
  DROPMALFORMED
}
