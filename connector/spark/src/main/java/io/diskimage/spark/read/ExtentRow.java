package io.diskimage.spark.read;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.spark.plan.RowValues;
import java.io.IOException;
import org.apache.spark.unsafe.types.UTF8String;

/** The current run of an image as a row of {@code extents}; reused. */
final class ExtentRow implements RowValues {
  private final UTF8String path;

  /** Whether the runs are those of a bitmap, which says nothing but what is dirty. */
  private final boolean ofBitmap;

  private UTF8String[] hostFiles;
  private ExtentCursor run;
  private IOException failure;
  private int flags;

  ExtentRow(String path, boolean ofBitmap) {
    this.path = UTF8String.fromString(path);
    this.ofBitmap = ofBitmap;
  }

  /** The rows that follow are of a disk. */
  void opened(DiskImage disk) throws IOException {
    hostFiles =
        disk.inputs().stream()
            .map(stored -> UTF8String.fromString(stored.input().location()))
            .toArray(UTF8String[]::new);
  }

  /** The row of an image that cannot be read: path and error. */
  void failedImage(IOException reason) {
    run = null;
    failure = reason;
  }

  /** The row of a cursor's current run. */
  void run(ExtentCursor current) {
    run = current;
    failure = current.failure();
    flags = current.flags();
  }

  UTF8String path() {
    return path;
  }

  IOException failure() {
    return failure;
  }

  @Override
  public boolean isNull(int column) {
    return switch (column) {
      case ExtentColumns.PATH -> false;
      case ExtentColumns.OFFSET, ExtentColumns.LENGTH -> run == null;
      case ExtentColumns.ALLOCATED -> failure != null;
      case ExtentColumns.ZERO, ExtentColumns.PRESENT, ExtentColumns.COMPRESSED ->
          failure != null || ofBitmap;
      case ExtentColumns.DEPTH -> failure != null || run.depth() < 0;
      case ExtentColumns.HOST_OFFSET, ExtentColumns.HOST_FILE ->
          failure != null || (flags & ExtentCursor.OFFSET) == 0;
      case ExtentColumns.ERROR -> failure == null;
      default -> throw noColumn(column);
    };
  }

  @Override
  public boolean getBoolean(int column) {
    return switch (column) {
      case ExtentColumns.ALLOCATED -> (flags & ExtentCursor.DATA) != 0;
      case ExtentColumns.ZERO -> (flags & ExtentCursor.ZERO) != 0;
      case ExtentColumns.PRESENT -> (flags & ExtentCursor.ALLOCATED) != 0;
      case ExtentColumns.COMPRESSED -> (flags & ExtentCursor.COMPRESSED) != 0;
      default -> throw noColumn(column);
    };
  }

  @Override
  public long getLong(int column) {
    return switch (column) {
      case ExtentColumns.OFFSET -> run.offset();
      case ExtentColumns.LENGTH -> run.length();
      case ExtentColumns.DEPTH -> run.depth();
      case ExtentColumns.HOST_OFFSET -> run.hostOffset();
      default -> throw noColumn(column);
    };
  }

  @Override
  public UTF8String getString(int column) {
    return switch (column) {
      case ExtentColumns.PATH -> path;
      case ExtentColumns.HOST_FILE -> hostFiles[run.input()];
      default -> throw noColumn(column);
    };
  }

  private static IllegalArgumentException noColumn(int column) {
    return new IllegalArgumentException("column " + column + " of extents has no such value");
  }
}
