package io.diskimage.spark.read;

import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.table.TableKind;
import io.diskimage.spark.table.TableSchemas;
import io.diskimage.spark.vector.BatchVector;
import io.diskimage.spark.vector.BooleanVector;
import io.diskimage.spark.vector.IntVector;
import io.diskimage.spark.vector.LazyBinaryVector;
import io.diskimage.spark.vector.LongVector;
import io.diskimage.spark.vector.ObjectVector;
import io.diskimage.spark.vector.StringVector;
import java.io.IOException;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * The selected columns of {@code blocks}. A column that is not selected is null, and nothing is
 * done for it. Place and data are set row by row, everything else once per stretch.
 */
final class BlockBatch {
  /** Bytes of data in a batch, unless it is scattered; a single larger block is a batch too. */
  private static final int MAX_DATA = 4 << 20;

  private final ReadMode mode;
  private final BatchVector[] columns;
  private final BlockData data;
  private final boolean loadsBeforeShowing;

  private final StringVector path;
  private final LongVector offset;
  private final IntVector length;
  private final BooleanVector allocated;
  private final StringVector kind;
  private final LongVector hostOffset;
  private final LongVector hostLength;
  private final IntVector depth;
  private final StringVector format;
  private final LongVector modified;
  private final BooleanVector partial;
  private final StringVector changeType;
  private final StringVector commitVersion;
  private final LongVector commitTimestamp;
  private final ObjectVector error;

  private int rows;
  private long dataBytes;
  private long maxData = MAX_DATA;

  BlockBatch(TaskScan scan, int capacity) {
    mode = scan.options().mode();
    StructType schema = scan.spec().readSchema();
    int[] ordinals = new int[schema.length()];
    boolean[] selected = new boolean[BlockColumns.ERROR + 1];
    for (int i = 0; i < ordinals.length; i++) {
      ordinals[i] = TableSchemas.ordinal(TableKind.BLOCKS, schema.apply(i).name());
      selected[ordinals[i]] = true;
    }
    boolean tolerant = mode != ReadMode.FAILFAST;
    boolean showsFailures = tolerant && selected[BlockColumns.ERROR];
    data = selected[BlockColumns.DATA] || showsFailures ? new BlockData(scan, capacity) : null;
    loadsBeforeShowing = data != null && (showsFailures || mode == ReadMode.DROPMALFORMED);
    BatchVector[] vectors = new BatchVector[selected.length];
    columns = new BatchVector[ordinals.length];
    for (int i = 0; i < ordinals.length; i++) {
      vectors[ordinals[i]] = vector(ordinals[i], capacity);
      columns[i] = vectors[ordinals[i]];
    }
    path = (StringVector) vectors[BlockColumns.PATH];
    offset = (LongVector) vectors[BlockColumns.OFFSET];
    length = (IntVector) vectors[BlockColumns.LENGTH];
    allocated = (BooleanVector) vectors[BlockColumns.ALLOCATED];
    kind = (StringVector) vectors[BlockColumns.KIND];
    hostOffset = (LongVector) vectors[BlockColumns.HOST_OFFSET];
    hostLength = (LongVector) vectors[BlockColumns.HOST_LENGTH];
    depth = (IntVector) vectors[BlockColumns.DEPTH];
    format = (StringVector) vectors[BlockColumns.FORMAT];
    modified = (LongVector) vectors[BlockColumns.MODIFIED];
    partial = (BooleanVector) vectors[BlockColumns.PARTIAL];
    changeType = (StringVector) vectors[BlockColumns.CHANGE_TYPE];
    commitVersion = (StringVector) vectors[BlockColumns.COMMIT_VERSION];
    commitTimestamp = (LongVector) vectors[BlockColumns.COMMIT_TIMESTAMP];
    error = (ObjectVector) vectors[BlockColumns.ERROR];
  }

  private BatchVector vector(int ordinal, int capacity) {
    return switch (ordinal) {
      case BlockColumns.PATH,
          BlockColumns.KIND,
          BlockColumns.FORMAT,
          BlockColumns.CHANGE_TYPE,
          BlockColumns.COMMIT_VERSION ->
          new StringVector(capacity);
      case BlockColumns.OFFSET, BlockColumns.HOST_OFFSET, BlockColumns.HOST_LENGTH ->
          new LongVector(DataTypes.LongType, capacity);
      case BlockColumns.MODIFIED, BlockColumns.COMMIT_TIMESTAMP ->
          new LongVector(DataTypes.TimestampType, capacity);
      case BlockColumns.LENGTH, BlockColumns.DEPTH -> new IntVector(capacity);
      case BlockColumns.ALLOCATED, BlockColumns.PARTIAL -> new BooleanVector(capacity);
      case BlockColumns.DATA -> new LazyBinaryVector(data);
      case BlockColumns.ERROR -> new ObjectVector(TableSchemas.ERROR, capacity);
      default -> throw new IllegalArgumentException("column " + ordinal + " of blocks");
    };
  }

  /** The data of the rows; null if nobody wants data. */
  BlockData data() {
    return data;
  }

  int rows() {
    return rows;
  }

  void clear() {
    rows = 0;
    dataBytes = 0;
    maxData = MAX_DATA;
    if (data != null) {
      data.clear();
    }
  }

  /** Whether a block of a length fits in. */
  boolean fits(long blockLength) {
    while (data != null && dataBytes + blockLength > maxData && maxData < data.window(dataBytes)) {
      maxData *= 2;
    }
    return dataBytes == 0 || dataBytes + blockLength <= maxData;
  }

  /** Adds the row of an image that cannot be read. */
  void addFailedImage(BlockRow row) {
    int added = rows++;
    if (path != null) {
      path.fill(added, rows, row.path());
    }
    if (offset != null) {
      offset.setNull(added);
    }
    if (length != null) {
      length.setNull(added);
    }
    if (data != null) {
      data.addNone(added);
    }
    describeUnknown(added, rows, row);
  }

  /**
   * Adds the next row of a stretch, to be described later.
   *
   * @return its index
   */
  int add(BlockRow row, long blockOffset, int blockLength) {
    int added = rows++;
    if (offset != null) {
      offset.set(added, blockOffset);
    }
    if (length != null) {
      length.set(added, blockLength);
    }
    if (hostOffset != null) {
      hostOffset.set(added, row.hostOffset());
    }
    if (hostLength != null) {
      hostLength.set(added, row.hostLength());
    }
    if (data != null) {
      addData(added, row, blockLength);
    }
    return added;
  }

  private void addData(int added, BlockRow row, int blockLength) {
    if (row.stored()) {
      data.addStored(added, blockLength);
      dataBytes += blockLength;
    } else if (row.shownAsZeros()) {
      data.addZeros(added, blockLength);
      dataBytes += blockLength;
    } else {
      data.addNone(added);
    }
  }

  /** Sets what the rows of a stretch have in common. */
  void describe(int from, BlockRow row) {
    int to = rows;
    if (path != null) {
      path.fill(from, to, row.path());
    }
    if (!row.known()) {
      describeUnknown(from, to, row);
      return;
    }
    if (allocated != null) {
      allocated.fill(from, to, row.stored());
    }
    if (kind != null) {
      kind.fill(from, to, row.kind());
    }
    if (row.isNull(BlockColumns.HOST_OFFSET)) {
      describeHost(from, to);
    }
    if (depth != null) {
      if (row.depth() < 0) {
        depth.fillNull(from, to);
      } else {
        depth.fill(from, to, row.depth());
      }
    }
    if (format != null) {
      format.fill(from, to, row.format());
    }
    if (modified != null) {
      modified.fill(from, to, row.modified());
    }
    if (partial != null) {
      partial.fill(from, to, row.partial());
    }
    describeChange(from, to, row);
    if (error != null) {
      error.fillNull(from, to);
    }
  }

  private void describeChange(int from, int to, BlockRow row) {
    if (changeType != null) {
      changeType.fill(from, to, row.known() ? row.changeType() : null);
    }
    if (commitVersion != null) {
      commitVersion.fill(from, to, row.known() ? row.commitVersion() : null);
    }
    if (commitTimestamp != null) {
      if (row.isNull(BlockColumns.COMMIT_TIMESTAMP)) {
        commitTimestamp.fillNull(from, to);
      } else {
        commitTimestamp.fill(from, to, row.commitTimestamp());
      }
    }
  }

  private void describeHost(int from, int to) {
    if (hostOffset != null) {
      hostOffset.fillNull(from, to);
    }
    if (hostLength != null) {
      hostLength.fillNull(from, to);
    }
  }

  private void describeUnknown(int from, int to, BlockRow row) {
    if (allocated != null) {
      allocated.fillNull(from, to);
    }
    if (kind != null) {
      kind.fill(from, to, null);
    }
    describeHost(from, to);
    if (depth != null) {
      depth.fillNull(from, to);
    }
    if (format != null) {
      format.fill(from, to, null);
    }
    if (modified != null) {
      modified.fillNull(from, to);
    }
    if (partial != null) {
      partial.fillNull(from, to);
    }
    describeChange(from, to, row);
    if (error != null) {
      Object[] struct = Failures.struct(row.path().toString(), row.failure());
      for (int i = from; i < to; i++) {
        error.set(i, struct);
      }
    }
  }

  /** The filled batch. Rows whose data cannot be loaded get their error, or are left out. */
  ColumnarBatch finish(String imagePath) throws IOException {
    if (loadsBeforeShowing) {
      int kept = 0;
      for (int row = 0; row < rows; row++) {
        IOException failure = data.failure(row);
        if (failure != null && mode == ReadMode.DROPMALFORMED) {
          continue;
        }
        if (failure != null) {
          error.set(row, Failures.struct(imagePath, failure));
        }
        if (kept < row) {
          for (BatchVector column : columns) {
            column.move(row, kept);
          }
        }
        kept++;
      }
      rows = kept;
    }
    for (BatchVector column : columns) {
      column.setRows(rows);
    }
    ColumnVector[] shown = columns.clone();
    return new ColumnarBatch(shown, rows);
  }
}
