package io.diskimage.format;

/** The image has no internal snapshot of the id or name that was asked for. */
public final class SnapshotNotFoundException extends ImageException {
  private static final long serialVersionUID = 1L;

  public SnapshotNotFoundException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
  }

  public SnapshotNotFoundException(
      String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
  }
}
