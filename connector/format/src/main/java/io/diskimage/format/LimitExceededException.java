package io.diskimage.format;

/** Reading on would need more than one of the {@link Limits} allows. */
public final class LimitExceededException extends ImageException {
  private static final long serialVersionUID = 1L;

  public LimitExceededException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public LimitExceededException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
