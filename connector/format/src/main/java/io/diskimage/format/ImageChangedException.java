package io.diskimage.format;

/** The file changed while it was read: nothing is known about the image as it is now. */
public final class ImageChangedException extends ImageException {
  private static final long serialVersionUID = 1L;

  public ImageChangedException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public ImageChangedException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
