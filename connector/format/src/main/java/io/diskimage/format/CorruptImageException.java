package io.diskimage.format;

/**
 * The image contradicts its format: a field out of range, an entry that cannot be followed, data
 * that do not decode.
 */
public final class CorruptImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  public CorruptImageException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public CorruptImageException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
