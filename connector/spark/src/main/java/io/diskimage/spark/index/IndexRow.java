package io.diskimage.spark.index;

import io.diskimage.format.AllocationSummary;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.read.ObjectRow;

/**
 * What an index says of an image.
 *
 * @param columns of {@code images}; those that were not asked for are null
 * @param etag of the file, null for none
 * @param opened whether the image could be opened; an error is then one of its mapping tables
 * @param settled whether the row is what another look at the same file would give: its error is not
 *     a passing one, and the file had its modification time long enough not to change unnoticed
 * @param allocation null if it is not known or was not asked for
 */
public record IndexRow(
    ObjectRow columns, String etag, boolean opened, boolean settled, AllocationRuns allocation) {

  /** The row of an image that was opened; its allocation is null if it could not be counted. */
  public static IndexRow opened(
      ObjectRow columns, String etag, boolean settled, AllocationSummary allocation) {
    return new IndexRow(
        columns, etag, true, settled, allocation == null ? null : AllocationRuns.of(allocation));
  }

  /** The row of a file that could not be opened. */
  public static IndexRow refused(ObjectRow columns, String etag, boolean settled) {
    return new IndexRow(columns, etag, false, settled, null);
  }

  /** The file that the row is of, as it was then. */
  public ImageFile file() {
    return new ImageFile(
        columns.getString(IndexSchema.PATH).toString(),
        columns.getLong(IndexSchema.HOST_SIZE),
        Math.floorDiv(columns.getLong(IndexSchema.MODIFIED), 1000),
        etag);
  }

  /** Whether the image could not be read, or not all of it. */
  public boolean failed() {
    return !columns.isNull(IndexSchema.ERROR);
  }

  /** Guest bytes stored as data; -1 if that is not known. */
  public long allocatedSize() {
    return columns.isNull(IndexSchema.ALLOCATED_SIZE)
        ? -1
        : columns.getLong(IndexSchema.ALLOCATED_SIZE);
  }

  /**
   * The row of {@code images} as a scan would have it, which only learns of errors of the mapping
   * tables if it looks at them.
   *
   * @param readsTables whether the scan selects {@code allocated_size}
   */
  public ObjectRow shown(boolean readsTables) {
    return opened && !readsTables ? columns.set("error", null) : columns;
  }
}
