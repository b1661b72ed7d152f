package io.diskimage.spark.read;

import io.diskimage.format.ExtentKind;
import io.diskimage.format.ImageInfo;
import io.diskimage.spark.options.UnallocatedMode;
import io.diskimage.spark.plan.ImageFile;
import io.diskimage.spark.plan.RowValues;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.unsafe.types.UTF8String;

/** The row of the current block, reused for every block of an image: what filters look at. */
final class BlockRow implements RowValues {
  private static final Map<ExtentKind, UTF8String> KINDS = new EnumMap<>(ExtentKind.class);

  static {
    for (ExtentKind kind : ExtentKind.values()) {
      KINDS.put(kind, UTF8String.fromString(kind.label()));
    }
  }

  /** As Spark's {@code Changelog}, of which only 4.2 and later have the constants. */
  private static final UTF8String UPDATED = UTF8String.fromString("update_postimage");

  private static final UTF8String INSERTED = UTF8String.fromString("insert");

  private final UTF8String path;
  private final long modified;
  private final boolean zeros;
  private UTF8String format;

  private boolean placed;
  private long offset;
  private long length;

  private boolean compared;
  private long sizeBefore;
  private UTF8String version;
  private Long versionMicros;

  private boolean known;
  private ExtentKind kind;
  private boolean backing;
  private long firstOffset;
  private long firstHostOffset;
  private boolean hostAdvances;
  private long hostLength;
  private int depth;
  private IOException failure;

  BlockRow(ImageFile file, UnallocatedMode unallocated) {
    this.path = UTF8String.fromString(file.path());
    this.modified = file.modificationTime() * 1000;
    this.zeros = unallocated == UnallocatedMode.ZEROS;
  }

  /** The rows that follow are of an opened image. */
  void opened(ImageInfo info) {
    format = UTF8String.fromString(info.format());
  }

  /**
   * The rows that follow are of a disk that is compared with an earlier state.
   *
   * @param earlierSize bytes of the disk then
   * @param commitVersion snapshot that the rows are of, null for the active disk
   * @param commitMicros when it was taken, or the file last changed, since the epoch; null if
   *     nobody knows
   */
  void compared(long earlierSize, String commitVersion, Long commitMicros) {
    compared = true;
    sizeBefore = earlierSize;
    version = UTF8String.fromString(commitVersion);
    versionMicros = commitMicros;
  }

  /** The row of an image that cannot be read: path and error. */
  void failedImage(IOException reason) {
    placed = false;
    known = false;
    failure = reason;
  }

  /** The rows that follow are of blocks of a stretch. */
  void stretch(BlockWalk walk) {
    failure = walk.failure();
    known = failure == null;
    kind = walk.kind();
    backing = walk.backing();
    firstOffset = walk.start();
    firstHostOffset = walk.hostOffset();
    hostAdvances = walk.hostAdvances();
    hostLength = walk.hostLength();
    depth = walk.depth();
  }

  /** The rows that follow are of blocks of which only the place is known. */
  void placeOnly() {
    failure = null;
    known = false;
  }

  /** Goes to a block of the stretch. */
  void place(long blockOffset, long blockLength) {
    placed = true;
    offset = blockOffset;
    length = blockLength;
  }

  UTF8String path() {
    return path;
  }

  UTF8String format() {
    return format;
  }

  long modified() {
    return modified;
  }

  IOException failure() {
    return failure;
  }

  /** Whether the map entry of the block could be read. */
  boolean known() {
    return known;
  }

  boolean stored() {
    return known && kind.stored();
  }

  /** Whether the block is shown as zero bytes although nothing is stored. */
  boolean shownAsZeros() {
    return zeros && known && !kind.stored() && !backing;
  }

  UTF8String kind() {
    return KINDS.get(kind);
  }

  boolean partial() {
    return kind.stored() && backing;
  }

  /** Null where nothing is compared. */
  UTF8String changeType() {
    if (!compared) {
      return null;
    }
    return firstOffset < sizeBefore ? UPDATED : INSERTED;
  }

  /** Null where nothing is compared, and of the active disk. */
  UTF8String commitVersion() {
    return version;
  }

  /** Microseconds since the epoch, of a column that is not null. */
  long commitTimestamp() {
    return versionMicros;
  }

  int depth() {
    return depth;
  }

  /** Host offset of the current block, -1 for none. */
  long hostOffset() {
    return hostAdvances && firstHostOffset >= 0
        ? firstHostOffset + (offset - firstOffset)
        : firstHostOffset;
  }

  /** Stored bytes of the current block, which has a host offset. */
  long hostLength() {
    return hostLength >= 0 ? hostLength : length;
  }

  @Override
  public boolean isNull(int column) {
    return switch (column) {
      case BlockColumns.PATH -> false;
      case BlockColumns.OFFSET, BlockColumns.LENGTH -> !placed;
      case BlockColumns.ALLOCATED,
          BlockColumns.KIND,
          BlockColumns.FORMAT,
          BlockColumns.MODIFIED,
          BlockColumns.PARTIAL ->
          !known;
      case BlockColumns.HOST_OFFSET, BlockColumns.HOST_LENGTH -> !known || firstHostOffset < 0;
      case BlockColumns.DEPTH -> !known || depth < 0;
      case BlockColumns.CHANGE_TYPE -> !known || !compared;
      case BlockColumns.COMMIT_TIMESTAMP -> !known || versionMicros == null;
      case BlockColumns.COMMIT_VERSION -> !known || version == null;
      case BlockColumns.DATA -> !stored() && !shownAsZeros();
      case BlockColumns.ERROR -> failure == null;
      default -> throw noColumn(column);
    };
  }

  @Override
  public boolean getBoolean(int column) {
    return switch (column) {
      case BlockColumns.ALLOCATED -> stored();
      case BlockColumns.PARTIAL -> partial();
      default -> throw noColumn(column);
    };
  }

  @Override
  public long getLong(int column) {
    return switch (column) {
      case BlockColumns.OFFSET -> offset;
      case BlockColumns.LENGTH -> length;
      case BlockColumns.HOST_OFFSET -> hostOffset();
      case BlockColumns.HOST_LENGTH -> hostLength();
      case BlockColumns.DEPTH -> depth;
      case BlockColumns.MODIFIED -> modified;
      case BlockColumns.COMMIT_TIMESTAMP -> versionMicros;
      default -> throw noColumn(column);
    };
  }

  @Override
  public UTF8String getString(int column) {
    return switch (column) {
      case BlockColumns.PATH -> path;
      case BlockColumns.KIND -> kind();
      case BlockColumns.FORMAT -> format;
      case BlockColumns.CHANGE_TYPE -> changeType();
      case BlockColumns.COMMIT_VERSION -> version;
      default -> throw noColumn(column);
    };
  }

  private static IllegalArgumentException noColumn(int column) {
    return new IllegalArgumentException("column " + column + " of blocks has no such value");
  }
}
