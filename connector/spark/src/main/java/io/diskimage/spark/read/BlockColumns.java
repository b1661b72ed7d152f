package io.diskimage.spark.read;

/** Ordinals of the columns of {@code blocks}. */
final class BlockColumns {
  static final int PATH = 0;
  static final int OFFSET = 1;
  static final int LENGTH = 2;
  static final int ALLOCATED = 3;
  static final int DATA = 4;
  static final int KIND = 5;
  static final int HOST_OFFSET = 6;
  static final int HOST_LENGTH = 7;
  static final int DEPTH = 8;
  static final int FORMAT = 9;
  static final int MODIFIED = 10;
  static final int PARTIAL = 11;
  static final int CHANGE_TYPE = 12;
  static final int COMMIT_VERSION = 13;
  static final int COMMIT_TIMESTAMP = 14;
  static final int ERROR = 15;

  private BlockColumns() {}
}
