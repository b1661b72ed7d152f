package io.diskimage.format;

/** The image is encrypted, and there is no passphrase for it or not the right one. */
public final class LockedImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  public LockedImageException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public LockedImageException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
