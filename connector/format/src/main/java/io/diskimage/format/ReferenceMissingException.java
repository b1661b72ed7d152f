package io.diskimage.format;

/** A file that an image refers to is not where it was looked for, or is not the one meant. */
public final class ReferenceMissingException extends ImageException {
  private static final long serialVersionUID = 1L;

  public ReferenceMissingException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public ReferenceMissingException(
      String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
