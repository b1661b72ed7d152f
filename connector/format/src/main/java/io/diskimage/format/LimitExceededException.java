package io.diskimage.format;

/** Reading on would need more than one of the {@link Limits}, or a bound of QEMU's, allows. */
public final class LimitExceededException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final Limit limit;

  public LimitExceededException(String location, long hostOffset, String detail) {
    super(location, hostOffset, detail, null);
    this.limit = null;
  }

  public LimitExceededException(String location, long hostOffset, String detail, Throwable cause) {
    super(location, hostOffset, detail, cause);
    this.limit = null;
  }

  /**
   * One of our own limits is exceeded.
   *
   * @param detail what exceeds it; the name of the limit and its value are put behind it
   */
  public LimitExceededException(
      String location, long hostOffset, String detail, Limit limit, Limits limits) {
    super(
        location,
        hostOffset,
        detail + " (limit " + limit.label() + " = " + limits.of(limit) + ")",
        null);
    this.limit = limit;
  }

  /** The limit that would have to be higher; null if it is none of ours. */
  public Limit limit() {
    return limit;
  }
}
