package io.diskimage.format.check;

import java.util.Locale;
import java.util.Objects;

/**
 * A problem, or a run of equal problems that lie side by side. Offsets and lengths are bytes; null
 * stands for "does not apply".
 *
 * @param part of the check that found it: names joined by {@code /}; parts below {@code
 *     beyond-qemu} find what {@code qemu-img check} does not look at
 * @param guestOffset nullable: first guest byte concerned
 * @param guestLength nullable: guest bytes concerned
 * @param hostOffset nullable: where in the file the faulty bytes lie
 * @param hostLength nullable: how many bytes of the file
 * @param expected nullable: value by the rules
 * @param actual nullable: value found
 * @param count how often it is counted, 1 or more
 * @param message in words, in QEMU's where QEMU reports it
 */
public record Finding(
    FindingKind kind,
    String part,
    Long guestOffset,
    Long guestLength,
    Long hostOffset,
    Long hostLength,
    String expected,
    String actual,
    long count,
    String message) {

  /** Starts a finding. */
  public static Draft of(FindingKind kind) {
    return new Draft(kind);
  }

  /** A finding in the making; what is not set is null, and the count 1. */
  public static final class Draft {
    /** Offset of a range that is not given. */
    static final long ABSENT = -1;

    private static final Object[] NONE = {};

    final FindingKind kind;
    long guestOffset = ABSENT;
    long guestLength;
    long hostOffset = ABSENT;
    long hostLength;
    String expected;
    String actual;
    long count = 1;
    long reclaimable;
    private String format = "";
    private Object[] values = NONE;

    private Draft(FindingKind kind) {
      this.kind = Objects.requireNonNull(kind, "kind");
    }

    /** The bytes of the file that are wrong, or are wasted. */
    public Draft host(long offset, long length) {
      hostOffset = offset;
      hostLength = length;
      return this;
    }

    /** The guest bytes that suffer. */
    public Draft guest(long offset, long length) {
      guestOffset = offset;
      guestLength = length;
      return this;
    }

    /** What should stand there and what does; each null for "does not apply". */
    public Draft values(Object expectedValue, Object actualValue) {
      expected = expectedValue == null ? null : expectedValue.toString();
      actual = actualValue == null ? null : actualValue.toString();
      return this;
    }

    /** How often it counts. */
    public Draft times(long n) {
      if (n < 1) {
        throw new IllegalArgumentException("count " + n);
      }
      count = n;
      return this;
    }

    /** Bytes of the file that a repair or a copy would give back. */
    public Draft reclaims(long bytes) {
      reclaimable = bytes;
      return this;
    }

    /** The message; formatted only if the finding is listed. */
    public Draft says(String text, Object... arguments) {
      format = text;
      values = arguments;
      return this;
    }

    String message() {
      return values.length == 0 ? format : String.format(Locale.ROOT, format, values);
    }

    Finding finish(String part, String message) {
      return new Finding(
          kind,
          part,
          guestOffset == ABSENT ? null : guestOffset,
          guestOffset == ABSENT ? null : guestLength,
          hostOffset == ABSENT ? null : hostOffset,
          hostOffset == ABSENT ? null : hostLength,
          expected,
          actual,
          count,
          message);
    }
  }
}
