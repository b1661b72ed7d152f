package io.diskimage.format;

import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Something about one image file: what, in which file, and where in it. A failing disk is a plain
 * {@link IOException}.
 */
public abstract class ImageException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@link #hostOffset()} of a problem that has no place in the file. */
  public static final long NO_OFFSET = -1;

  /** What images name may hold line breaks, by which they could forge lines of a log. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]");

  private final String location;
  private final long hostOffset;
  private final String detail;

  ImageException(String location, long hostOffset, String detail, Throwable cause) {
    super(
        location
            + ": "
            + onOneLine(detail)
            + (hostOffset < 0 ? "" : " (host offset " + hostOffset + ")"),
        cause);
    this.location = location;
    this.hostOffset = hostOffset;
    this.detail = onOneLine(detail);
  }

  private static String onOneLine(String detail) {
    return UNPRINTABLE.matcher(detail).replaceAll("\uFFFD");
  }

  /** The file, as its {@link ImageInput#location()} names it. */
  public String location() {
    return location;
  }

  /** Byte offset in the file, or {@link #NO_OFFSET}. */
  public long hostOffset() {
    return hostOffset;
  }

  /**
   * The message without file and offset: QEMU's own text where QEMU has one, without control
   * characters.
   */
  public String detail() {
    return detail;
  }
}
