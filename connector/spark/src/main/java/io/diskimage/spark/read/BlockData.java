package io.diskimage.spark.read;

import io.diskimage.format.ClusterReader;
import io.diskimage.format.ReadBatch;
import io.diskimage.spark.metrics.ScanMetric;
import io.diskimage.spark.options.ReadMode;
import io.diskimage.spark.vector.LazyBinaryVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * The values of {@code data} of one batch: a fresh array per value, loaded when the batch is
 * touched first. All values are loaded at once, in few large reads, unless less than 1/8 of the
 * recent batches was touched: then a value is loaded by itself, until this batch turns out
 * otherwise.
 */
final class BlockData implements LazyBinaryVector.Source {
  private static final byte NONE = 0;
  private static final byte ZEROS = 1;
  private static final byte STORED = 2;
  private static final byte FAILED = 3;

  private static final int SPARSE = 8;

  /** Stretches of a file that is not fragmented are longer, in bytes. */
  private static final int SHORT_STRETCH = 256 << 10;

  /** Stored rows that "recent" goes back, about: older ones count half. */
  private static final long RECENT_ROWS = 4096;

  private final TaskScan scan;
  private final boolean failFast;
  private final byte[] states;
  private final int[] lengths;
  private final byte[][] values;
  private final byte[][] wanted;
  private final IOException[] failures;
  private final ReadBatch pieces = new ReadBatch();

  private ClusterReader reader;
  private String path;
  private int rows;
  private int storedRows;
  private int touchedRows;
  private long recentRows;
  private long recentTouched;
  private int lastTouched = -1;

  BlockData(TaskScan scan, int capacity) {
    this.scan = scan;
    this.failFast = scan.options().mode() == ReadMode.FAILFAST;
    this.states = new byte[capacity];
    this.lengths = new int[capacity];
    this.values = new byte[capacity][];
    this.wanted = new byte[capacity][];
    this.failures = new IOException[capacity];
  }

  /** The rows that follow are of another image. */
  void image(String imagePath, ClusterReader imageReader) {
    path = imagePath;
    reader = imageReader;
  }

  /** Forgets the batch. */
  void clear() {
    recentRows += storedRows;
    recentTouched += touchedRows;
    if (recentRows > RECENT_ROWS) {
      recentRows /= 2;
      recentTouched /= 2;
    }
    Arrays.fill(values, 0, rows, null);
    Arrays.fill(failures, 0, rows, null);
    pieces.clear();
    rows = 0;
    storedRows = 0;
    touchedRows = 0;
    lastTouched = -1;
  }

  /** Stored parts of the rows. */
  ReadBatch pieces() {
    return pieces;
  }

  void addNone(int row) {
    states[row] = NONE;
    rows = row + 1;
  }

  void addZeros(int row, int length) {
    states[row] = ZEROS;
    lengths[row] = length;
    rows = row + 1;
  }

  /** Adds a row whose parts are in {@link #pieces}. */
  void addStored(int row, int length) {
    states[row] = STORED;
    lengths[row] = length;
    rows = row + 1;
    storedRows++;
  }

  /**
   * Bytes that are worth reading together: none unless the rows are scattered over the file and all
   * values of the recent batches were wanted.
   *
   * @param dataBytes of the batch so far
   */
  int window(long dataBytes) {
    boolean scattered = (long) pieces.stretches() * SHORT_STRETCH > dataBytes;
    return scattered && recentRows > 0 && recentTouched == recentRows ? reader.window() : 0;
  }

  /** Number of rows whose value is stored in the image. */
  int storedRows() {
    return storedRows;
  }

  /** Why the value of a row cannot be loaded, or null; loads the batch. */
  IOException failure(int row) throws IOException {
    if (states[row] == STORED && values[row] == null) {
      loadAll();
    }
    return failures[row];
  }

  @Override
  public boolean isNull(int row) {
    if (failFast) {
      return states[row] == NONE;
    }
    ensureLoaded(row);
    return states[row] == NONE || states[row] == FAILED;
  }

  @Override
  public byte[] value(int row) {
    ensureLoaded(row);
    if (states[row] == FAILED && failFast) {
      throw new UncheckedIOException(Failures.named(path, failures[row]));
    }
    return values[row];
  }

  @Override
  public void move(int from, int to) {
    states[to] = states[from];
    lengths[to] = lengths[from];
    values[to] = values[from];
    failures[to] = failures[from];
  }

  private void ensureLoaded(int row) {
    if (states[row] == ZEROS && values[row] == null) {
      values[row] = new byte[lengths[row]];
    }
    if (states[row] != STORED) {
      return;
    }
    if (row != lastTouched) {
      lastTouched = row;
      touchedRows++;
    }
    if (values[row] == null) {
      try {
        if (touchedRows * SPARSE <= storedRows && recentTouched * SPARSE < recentRows) {
          loadOne(row);
        } else {
          loadAll();
        }
      } catch (IOException interruption) {
        throw new UncheckedIOException(interruption);
      }
    }
  }

  private void loadOne(int row) throws IOException {
    wanted[row] = new byte[lengths[row]];
    load(row, row + 1);
  }

  private void loadAll() throws IOException {
    for (int row = 0; row < rows; row++) {
      if (states[row] == STORED && values[row] == null) {
        wanted[row] = new byte[lengths[row]];
      }
    }
    load(0, rows);
  }

  private void load(int from, int to) throws IOException {
    long start = System.nanoTime();
    try {
      reader.read(pieces, wanted);
    } finally {
      scan.count(ScanMetric.WAIT_TIME, System.nanoTime() - start);
    }
    for (int row = from; row < to; row++) {
      if (wanted[row] != null) {
        failures[row] = pieces.failure(row);
        if (failures[row] != null) {
          TaskAttempts.rethrowPassing(path, failures[row]);
        }
        states[row] = failures[row] == null ? STORED : FAILED;
        values[row] = failures[row] == null ? wanted[row] : null;
        wanted[row] = null;
      }
    }
  }
}
