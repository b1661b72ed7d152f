package io.diskimage.format;

/** What an image is opened for; each validation of a header names the purposes it applies to. */
public enum Purpose {
  /**
   * Only {@link DiskImage#info()} and its like: no key, no data file, no parent; unreadable
   * features are no errors.
   */
  INFO,
  /** Guest data: a feature that cannot be read is refused at opening. */
  READ,
  /** Check: skips the refusals that formats/README.md section 4 lists under CHECK. */
  CHECK,
  /** Change of the image: the strictest. */
  WRITE
}
