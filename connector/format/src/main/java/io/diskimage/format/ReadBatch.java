package io.diskimage.format;

import java.io.IOException;
import java.util.Arrays;

/**
 * Stored pieces to read, each into a place of a row. Collected while the mapping is walked, read
 * later or never: that is what makes data lazy. Reused; not thread-safe.
 */
public final class ReadBatch {
  private static final int FIRST_CAPACITY = 64;

  int[] inputs = new int[FIRST_CAPACITY];
  long[] hostOffsets = new long[FIRST_CAPACITY];
  long[] hostLengths = new long[FIRST_CAPACITY];
  long[] guestOffsets = new long[FIRST_CAPACITY];
  int[] skips = new int[FIRST_CAPACITY];
  int[] lengths = new int[FIRST_CAPACITY];
  int[] rows = new int[FIRST_CAPACITY];
  int[] rowOffsets = new int[FIRST_CAPACITY];
  private int size;
  private IOException[] failures = new IOException[FIRST_CAPACITY];
  private boolean failed;

  /** {@link #skips} of a piece that is stored as it is. */
  static final int STORED_PLAIN = -1;

  /** {@link #guestOffsets} of a piece that is not encrypted. */
  static final long NOT_ENCRYPTED = -1;

  /** Forgets all pieces and failures. */
  public void clear() {
    size = 0;
    if (failed) {
      Arrays.fill(failures, null);
      failed = false;
    }
  }

  /** Number of pieces. */
  public int size() {
    return size;
  }

  /**
   * Adds a part of the cursor's current run, whose kind is stored. Of an encrypted one whole
   * sectors are read.
   *
   * @param guestOffset within the run
   * @param length bytes, within the run
   * @param row index of the array it goes to
   * @param rowOffset place in that array
   */
  public void add(ExtentCursor run, long guestOffset, int length, int row, int rowOffset) {
    if (size == inputs.length) {
      grow();
    }
    inputs[size] = run.input();
    guestOffsets[size] = NOT_ENCRYPTED;
    if (run.kind() == ExtentKind.COMPRESSED) {
      hostOffsets[size] = run.hostOffset();
      hostLengths[size] = run.hostLength();
      skips[size] = (int) (guestOffset - run.clusterOffset());
    } else if ((run.flags() & ExtentCursor.ENCRYPTED) != 0) {
      int head = (int) (guestOffset % SectorCipher.SECTOR);
      long sectors = ((long) head + length + SectorCipher.SECTOR - 1) / SectorCipher.SECTOR;
      hostOffsets[size] = run.hostOffset() + (guestOffset - run.offset()) - head;
      hostLengths[size] = sectors * SectorCipher.SECTOR;
      guestOffsets[size] = guestOffset - head;
      skips[size] = head;
    } else {
      hostOffsets[size] = run.hostOffset() + (guestOffset - run.offset());
      hostLengths[size] = length;
      skips[size] = STORED_PLAIN;
    }
    lengths[size] = length;
    rows[size] = row;
    rowOffsets[size] = rowOffset;
    size++;
  }

  /**
   * Takes back the pieces added after the first {@code pieces}, before anything is read.
   *
   * @param pieces an earlier {@link #size()}
   */
  public void truncate(int pieces) {
    if (pieces < 0 || pieces > size) {
      throw new IllegalArgumentException(pieces + " of " + size + " pieces");
    }
    size = pieces;
  }

  /** Whether a piece has to be decrypted. */
  boolean isEncrypted(int piece) {
    return guestOffsets[piece] != NOT_ENCRYPTED;
  }

  /** Row of a piece; pieces of a row are added one after another. */
  public int row(int piece) {
    return rows[piece];
  }

  /** Number of stretches of the host files that the pieces form in the order they were added. */
  public int stretches() {
    int count = Math.min(1, size);
    for (int piece = 1; piece < size; piece++) {
      long end = hostOffsets[piece - 1] + hostLengths[piece - 1];
      if (inputs[piece] != inputs[piece - 1] || hostOffsets[piece] != end) {
        count++;
      }
    }
    return count;
  }

  /** Why a row's data could not be read or decoded, or null. */
  public IOException failure(int row) {
    return row < failures.length ? failures[row] : null;
  }

  void fail(int row, IOException failure) {
    if (row >= failures.length) {
      failures = Arrays.copyOf(failures, Math.max(row + 1, failures.length * 2));
    }
    if (failures[row] == null) {
      failures[row] = failure;
    }
    failed = true;
  }

  private void grow() {
    int capacity = size * 2;
    inputs = Arrays.copyOf(inputs, capacity);
    hostOffsets = Arrays.copyOf(hostOffsets, capacity);
    hostLengths = Arrays.copyOf(hostLengths, capacity);
    guestOffsets = Arrays.copyOf(guestOffsets, capacity);
    skips = Arrays.copyOf(skips, capacity);
    lengths = Arrays.copyOf(lengths, capacity);
    rows = Arrays.copyOf(rows, capacity);
    rowOffsets = Arrays.copyOf(rowOffsets, capacity);
  }
}
