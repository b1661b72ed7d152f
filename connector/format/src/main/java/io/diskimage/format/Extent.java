package io.diskimage.format;

/**
 * One run as a value, for callers that collect runs.
 *
 * @param offset first guest byte
 * @param length guest bytes
 * @param kind null on failure
 * @param flags of {@link ExtentCursor}
 * @param hostOffset -1 for none
 * @param depth of the layer, -1 for none
 */
public record Extent(
    long offset, long length, ExtentKind kind, int flags, long hostOffset, int depth) {

  /** The cursor's current run. */
  public static Extent of(ExtentCursor cursor) {
    return new Extent(
        cursor.offset(),
        cursor.length(),
        cursor.kind(),
        cursor.flags(),
        cursor.hostOffset(),
        cursor.depth());
  }

  /** Whether a flag of {@link ExtentCursor} is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
