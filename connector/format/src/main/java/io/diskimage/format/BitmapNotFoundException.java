package io.diskimage.format;

/** The image has no persistent bitmap of the name that was asked for. */
public final class BitmapNotFoundException extends ImageException {
  private static final long serialVersionUID = 1L;

  public BitmapNotFoundException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public BitmapNotFoundException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
