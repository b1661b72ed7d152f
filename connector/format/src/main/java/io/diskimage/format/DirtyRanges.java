package io.diskimage.format;

import java.io.IOException;

/**
 * Steps through a persistent dirty bitmap: maximal runs of guest bytes that are all dirty or all
 * clean, in ascending order and without gaps. Accessors speak of the current run, and a step
 * allocates nothing. Not thread-safe.
 *
 * <p>A part of the bitmap that cannot be read does not end the walk: its run has a {@link
 * #failure()} and the next step goes on behind it.
 */
public interface DirtyRanges {

  /** Goes to the next run; false at the end. */
  boolean next();

  /** First guest byte: a multiple of the granularity, or where the walk began. */
  long offset();

  /** Guest bytes, at least 1. */
  long length();

  /** Whether the run is dirty; false when there is a {@link #failure()}. */
  boolean isDirty();

  /** Why the bits of this run cannot be read, or null. */
  IOException failure();

  /**
   * Steps to the end and adds up the dirty bytes.
   *
   * @throws IOException the first failure
   */
  default long dirtyBytes() throws IOException {
    long bytes = 0;
    while (next()) {
      if (failure() != null) {
        throw failure();
      }
      bytes += isDirty() ? length() : 0;
    }
    return bytes;
  }
}
