package io.diskimage.format;

/**
 * The image is well formed and uses a feature that cannot be read for this purpose; the message
 * names the feature.
 */
public final class UnsupportedImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  public UnsupportedImageException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public UnsupportedImageException(
      String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
