package io.diskimage.format.bundle;

import io.diskimage.format.DiskImage;

/**
 * A part of the disk (parallels-bundle.md section 5). Offsets are guest bytes.
 *
 * @param start first byte
 * @param end the byte behind the last one
 * @param disk holds the part from its own offset 0 on, and may be longer or shorter
 * @param firstInput ordinal of the disk's first file among those of the bundle
 */
record Segment(long start, long end, DiskImage disk, int firstInput) {

  /** Behind the last byte that the disk has of the part. */
  long storedEnd() {
    return Math.min(end, start + Math.min(disk.virtualSize(), end - start));
  }
}
