package io.diskimage.spark.io;

import io.diskimage.spark.plan.ImageFile;

/**
 * What is at the end of a reference.
 *
 * @param presence whether there is something
 * @param file null unless it is a regular file
 */
record Target(Presence presence, ImageFile file) {
  static final Target MISSING = new Target(Presence.MISSING, null);
  static final Target OUTSIDE = new Target(Presence.OUTSIDE, null);

  /** A directory, a device, a pipe. */
  static final Target NO_FILE = new Target(Presence.PRESENT, null);

  static Target file(ImageFile file) {
    return new Target(Presence.PRESENT, file);
  }
}
