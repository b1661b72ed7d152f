package io.diskimage.spark.read;

import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.plan.ImageSlice;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Goes through the slices of a task and fills batches: the loop, the limit, closing and logging,
 * once for all tables.
 */
abstract class TableReader implements PartitionReader<ColumnarBatch> {
  /** Rows of a batch. */
  static final int MAX_ROWS = 4096;

  private final Iterator<ImageSlice> slices;
  private final TaskScan scan;
  private int rowsLeft;
  private ImageSlice slice;
  private boolean inSlice;
  private boolean ended;
  private ColumnarBatch batch;

  TableReader(TaskScan scan, List<ImageSlice> slices) {
    this.scan = scan;
    this.slices = slices.iterator();
    this.rowsLeft = scan.spec().limit() < 0 ? Integer.MAX_VALUE : scan.spec().limit();
  }

  /** Empties the batch, whose rows nobody looks at any more. */
  abstract void clear();

  /**
   * Starts with a slice; rows may be added to the batch.
   *
   * @return whether {@link #fill} has more to add
   * @throws IOException if the image cannot be read: {@link #failed} decides what it means
   */
  abstract boolean start(ImageSlice next) throws IOException;

  /**
   * Adds rows of the slice until the batch is full.
   *
   * @param maxRows rows that the batch may have
   * @return whether the slice has more
   */
  abstract boolean fill(int maxRows) throws IOException;

  /** Releases what the slice holds; called more than once, and without a slice. */
  abstract void leave();

  /**
   * Takes an image that cannot be read.
   *
   * @param failure that another attempt would not be better off with
   * @throws IOException if it fails the job
   */
  abstract void failed(ImageSlice failedSlice, IOException failure) throws IOException;

  /** Keeps the image of the slice, if any, from other tasks. */
  abstract void distrust();

  /** Rows in the batch. */
  abstract int rows();

  /** Whether rows of another image may join those in the batch. */
  abstract boolean takesAnotherImage();

  /** Called behind the last slice; rows may be added. */
  void atEnd() {}

  /** The filled batch; may leave out rows. */
  abstract ColumnarBatch finish() throws IOException;

  final TaskScan scan() {
    return scan;
  }

  @Override
  public final boolean next() throws IOException {
    batch = null;
    while (rowsLeft > 0 && !ended) {
      clear();
      ended = !fillBatch(Math.min(MAX_ROWS, rowsLeft));
      if (ended) {
        atEnd();
      }
      if (rows() > 0) {
        ColumnarBatch filled = finish();
        if (filled.numRows() > 0) {
          scan.count(ScanMetric.BLOCKS, filled.numRows());
          rowsLeft -= filled.numRows();
          batch = filled;
          return true;
        }
      }
    }
    return false;
  }

  /** Returns false when all slices are done. */
  private boolean fillBatch(int maxRows) throws IOException {
    while (rows() < maxRows) {
      if (inSlice) {
        inSlice = guarded(() -> fill(maxRows));
        if (inSlice) {
          return true;
        }
      }
      if (rows() > 0 && !takesAnotherImage()) {
        return true;
      }
      leave();
      if (!slices.hasNext()) {
        return false;
      }
      scan.checkKilled();
      slice = slices.next();
      inSlice = guarded(() -> start(slice));
    }
    return true;
  }

  private interface Step {
    boolean run() throws IOException;
  }

  private boolean guarded(Step step) throws IOException {
    try {
      return step.run();
    } catch (IOException failure) {
      if (Failures.mayPass(failure)) {
        distrust();
      }
      TaskAttempts.rethrowPassing(slice.file().path(), failure);
      if (slice.index() == 0) {
        scan.noteFailure(slice.file(), failure);
      }
      failed(slice, failure);
      return false;
    }
  }

  /** The batch of the last {@link #next}, as often as it is asked for. */
  @Override
  public final ColumnarBatch get() {
    return batch;
  }

  @Override
  public final CustomTaskMetric[] currentMetricsValues() {
    return scan.metricValues();
  }

  @Override
  public void close() {
    leave();
  }
}
