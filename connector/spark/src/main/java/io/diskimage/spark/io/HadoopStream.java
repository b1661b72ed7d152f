package io.diskimage.spark.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * A stream of a store, and the sequence of requests that it is in: each begins where the one before
 * ended. What a sequence goes on with is sent ahead while the reader works on what it has: by a
 * distributed file system on its own, by an object store because it is asked for more than is
 * wanted at once, at most three times what the sequence had so far. One request at a time.
 */
final class HadoopStream implements Closeable {
  /** Bytes from which a request to a distributed file system is worth a sequence of its own. */
  private static final int WORTH_SEEKING = 1 << 20;

  /**
   * Bytes that an object store is asked for beyond what is wanted, for each that the sequence had:
   * bounds what is sent in vain where it ends, and the requests of one that goes on.
   */
  private static final int AHEAD = 3;

  /** Most bytes that an object store is asked for beyond what is wanted. */
  private static final long MAX_AHEAD = 32 << 20;

  /**
   * Bytes left of a request that are read to keep the connection; with more of them it is cheaper
   * to connect anew. Object stores' streams go by the read-ahead of the moment.
   */
  private static final long WORTH_DRAINING = 64 << 10;

  private static final long NONE = -1;
  private static final byte[] EMPTY = {};

  private final FSDataInputStream in;
  private final long fileLength;
  private final boolean objectStore;
  private final boolean sequential;
  private final boolean rests;

  /** Where the sequence goes on, or {@link #NONE}. */
  private long next = NONE;

  /** Bytes of the sequence. */
  private long total;

  /** Host offset up to which the store was asked in the sequence. */
  private long asked;

  private byte[] whole = EMPTY;

  /**
   * Takes a stream over.
   *
   * @param objectStore whether a request says beforehand how much it wants
   */
  HadoopStream(FSDataInputStream in, long fileLength, boolean objectStore) {
    this.in = in;
    this.fileLength = fileLength;
    this.objectStore = objectStore;
    this.rests = in.hasCapability(StreamCapabilities.UNBUFFER);
    this.sequential = rests && (!objectStore || in.hasCapability(StreamCapabilities.READAHEAD));
  }

  /** Whether a request at this position is the next one of the sequence. */
  boolean continuesAt(long position) {
    return next == position && next != NONE;
  }

  /** Reads by a request that belongs to no sequence. */
  void read(long position, byte[] target, int offset, int length) throws IOException {
    if (objectStore) {
      // Object stores move the stream for it, and ask for what was set last.
      rest();
      if (sequential) {
        in.setReadahead((long) length);
      }
    }
    readAt(position, target, offset, length);
  }

  private void readAt(long position, byte[] target, int offset, int length) throws IOException {
    if (objectStore) {
      // A positional read moves the stream back in the end, which hides why it failed if S3A has
      // closed it then.
      in.seek(position);
      in.readFully(target, offset, length);
    } else {
      in.readFully(position, target, offset, length);
    }
  }

  /**
   * Fills targets one after another.
   *
   * @param length bytes to read, all within the file and not more than the targets have room for
   */
  void read(long position, int length, ByteBuffer[] targets) throws IOException {
    if (!sequential || !(objectStore || continuesAt(position) || length >= WORTH_SEEKING)) {
      readWhole(position, length, targets);
      return;
    }
    if (!continuesAt(position)) {
      rest();
      in.seek(position);
    }
    if (objectStore) {
      ask(position, length);
    }
    next = NONE;
    int left = length;
    for (ByteBuffer target : targets) {
      left -= fill(target, left);
    }
    next = position + length;
    total += length;
  }

  /** What the request under way does not answer is asked for by the next one. */
  private void ask(long position, int length) throws IOException {
    long start = Math.max(position, asked);
    long end = position + length;
    if (end > start) {
      asked = Math.min(fileLength, Math.max(end, start + Math.min(AHEAD * total, MAX_AHEAD)));
      in.setReadahead(asked - start);
    }
  }

  private void readWhole(long position, int length, ByteBuffer[] targets) throws IOException {
    if (whole.length < length) {
      whole = new byte[length];
    }
    readAt(position, whole, 0, length);
    int done = 0;
    for (ByteBuffer target : targets) {
      int part = Math.min(target.remaining(), length - done);
      target.put(whole, done, part);
      done += part;
    }
  }

  private int fill(ByteBuffer target, int atMost) throws IOException {
    int length = Math.min(target.remaining(), atMost);
    in.readFully(target.array(), target.arrayOffset() + target.position(), length);
    target.position(target.position() + length);
    return length;
  }

  /** Ends the sequence and gives its connection and buffers back. */
  void rest() {
    whole = EMPTY;
    if (next != NONE) {
      next = NONE;
      total = 0;
      asked = 0;
      if (objectStore) {
        leaveRequest();
      }
      in.unbuffer();
    }
  }

  private void leaveRequest() {
    try {
      in.setReadahead(WORTH_DRAINING);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
