package io.diskimage.format;

/** An option that is unknown, or whose value or combination with others is not allowed. */
public final class InvalidOptionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * With a text.
   *
   * @param message QEMU's text where QEMU has one
   */
  public InvalidOptionException(String message) {
    super(message);
  }

  /** An option whose value is none of those that there are. */
  public static InvalidOptionException refused(String name, String value) {
    return new InvalidOptionException(
        "Parameter '" + name + "' does not accept value '" + value + "'");
  }

  /** An option that the format does not have (formats/README.md section 8). */
  public static InvalidOptionException unknown(String name) {
    return new InvalidOptionException("Invalid parameter '" + name + "'");
  }
}
