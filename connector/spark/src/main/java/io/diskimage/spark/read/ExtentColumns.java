package io.diskimage.spark.read;

/** Ordinals of the columns of {@code extents}. */
final class ExtentColumns {
  static final int PATH = 0;
  static final int OFFSET = 1;
  static final int LENGTH = 2;
  static final int ALLOCATED = 3;
  static final int ZERO = 4;
  static final int PRESENT = 5;
  static final int COMPRESSED = 6;
  static final int DEPTH = 7;
  static final int HOST_OFFSET = 8;
  static final int HOST_FILE = 9;
  static final int ERROR = 10;

  private ExtentColumns() {}
}
