package io.diskimage.format;

/**
 * Another process, or another writer of this JVM, uses the image in a way that excludes this one.
 */
public final class ImageLockedException extends ImageException {
  private static final long serialVersionUID = 1L;

  /**
   * With QEMU's words.
   *
   * @param lock what could not be had: {@code "write"}, or {@code shared "write"}
   */
  public ImageLockedException(String location, String lock) {
    super(
        location,
        NO_OFFSET,
        "Failed to get %s lock. Is another process using the image [%s]?".formatted(lock, location),
        null);
  }
}
