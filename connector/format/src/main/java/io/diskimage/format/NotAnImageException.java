package io.diskimage.format;

/** The file is of no format this library knows, or not of the format that was asked for. */
public final class NotAnImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  public NotAnImageException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public NotAnImageException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
