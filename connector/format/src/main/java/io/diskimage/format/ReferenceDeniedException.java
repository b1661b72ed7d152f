package io.diskimage.format;

/**
 * A pointer out of the file was not followed, since policy did not allow it; the message names what
 * would.
 */
public final class ReferenceDeniedException extends ImageException {
  private static final long serialVersionUID = 1L;

  public ReferenceDeniedException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public ReferenceDeniedException(
      String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
