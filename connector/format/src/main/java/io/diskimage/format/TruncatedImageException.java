package io.diskimage.format;

/** The file ends before a part that the format needs. */
public final class TruncatedImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  public TruncatedImageException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public TruncatedImageException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
