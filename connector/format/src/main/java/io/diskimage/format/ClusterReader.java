package io.diskimage.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.zip.DataFormatException;

/**
 * Fills the caller's arrays with stored data: coalesces the pieces of a batch into large requests
 * per input, reads, decompresses or decrypts. One per thread. Closing it releases its buffers and
 * leaves the image open.
 */
public final class ClusterReader implements Closeable {
  private static final byte[] EMPTY = {};

  /** Pieces smaller than this on average, in bytes, are cheaper copied than read one by one. */
  private static final int SMALL_PIECE = 16 << 10;

  private final List<StoredInput> inputs;

  /** By input, made when first needed. */
  private final ClusterDecoder[] decoders;

  private final SectorCipher[] ciphers;
  private final IoCounters io;

  private ByteBuffer scratch = ByteBuffer.allocate(0);
  private byte[] stream = EMPTY;
  private byte[] gap = EMPTY;
  private byte[] decoded = EMPTY;
  private long decodedAt = -1;
  private long decodedLength;
  private int decodedInput = -1;
  private long[] starts = {};
  private long[] lengths = {};

  /**
   * A reader over the inputs of an image.
   *
   * @param inputs by ordinal, see {@link ExtentCursor#input()}
   * @param io counts the reads
   */
  public ClusterReader(List<StoredInput> inputs, IoCounters io) {
    this.inputs = List.copyOf(inputs);
    this.decoders = new ClusterDecoder[inputs.size()];
    this.ciphers = new SectorCipher[inputs.size()];
    this.io = io;
  }

  /**
   * Reads the pieces of a batch.
   *
   * @param batch pieces; a row that cannot be read or decoded gets its {@link
   *     ReadBatch#failure(int)}
   * @param targets array of each row; null for a row that nobody wants
   * @throws IOException only if the thread was interrupted
   */
  public void read(ReadBatch batch, byte[][] targets) throws IOException {
    int[] order = wantedInHostOrder(batch, targets);
    if (starts.length < order.length) {
      starts = new long[order.length];
      lengths = new long[order.length];
    }
    int from = 0;
    while (from < order.length) {
      int input = batch.inputs[order[from]];
      int to = from;
      while (to < order.length && batch.inputs[order[to]] == input) {
        starts[to] = batch.hostOffsets[order[to]];
        lengths[to] = batch.hostLengths[order[to]];
        to++;
      }
      while (from < to) {
        int end = RangeCoalescer.end(starts, lengths, from, to, file(input).advice());
        readGroup(batch, targets, order, from, end);
        from = end;
      }
    }
  }

  /** Bytes of scattered data that the image's store wants to be asked for together. */
  public int window() {
    return file(0).advice().window();
  }

  /** What the image's own file is called. */
  String location() {
    return file(0).location();
  }

  private ImageInput file(int input) {
    return inputs.get(input).input();
  }

  private static int[] wantedInHostOrder(ReadBatch batch, byte[][] targets) {
    int[] order = new int[batch.size()];
    int count = 0;
    boolean sorted = true;
    for (int piece = 0; piece < batch.size(); piece++) {
      if (targets[batch.rows[piece]] != null) {
        sorted &= count == 0 || compare(batch, order[count - 1], piece) <= 0;
        order[count++] = piece;
      }
    }
    order = count == order.length ? order : Arrays.copyOf(order, count);
    if (sorted) {
      return order;
    }
    Comparator<Integer> byHost = (a, b) -> compare(batch, a, b);
    return Arrays.stream(order).boxed().sorted(byHost).mapToInt(Integer::intValue).toArray();
  }

  private static int compare(ReadBatch batch, int a, int b) {
    int byInput = Integer.compare(batch.inputs[a], batch.inputs[b]);
    return byInput != 0 ? byInput : Long.compare(batch.hostOffsets[a], batch.hostOffsets[b]);
  }

  /**
   * Reads neighbouring pieces by one request; if that fails, each by itself, so that a row does not
   * depend on which others are read with it. Pieces of one stream share its failure.
   */
  private void readGroup(ReadBatch batch, byte[][] targets, int[] order, int from, int to)
      throws IOException {
    IOException failure = request(batch, targets, order, from, to);
    if (failure == null) {
      return;
    }
    for (int i = from; i < to; i++) {
      boolean known =
          to - from == 1
              || (i > from && starts[i] == starts[i - 1] && lengths[i] == lengths[i - 1]);
      if (!known || failure == null) {
        failure = request(batch, targets, order, i, i + 1);
      }
      if (failure != null) {
        batch.fail(batch.rows[order[i]], failure);
      }
    }
  }

  /**
   * Reads pieces by one request and hands them out.
   *
   * @return why nothing could be read, or null
   */
  private IOException request(ReadBatch batch, byte[][] targets, int[] order, int from, int to)
      throws IOException {
    int first = order[from];
    ImageInput input = file(batch.inputs[first]);
    try {
      if (to - from == 1 && isStraight(batch, first)) {
        readStraight(input, batch, first, targets[batch.rows[first]]);
        return null;
      }
      long start = starts[from];
      long end = start;
      boolean straight = !input.advice().direct();
      for (int i = from; i < to; i++) {
        straight &= isStraight(batch, order[i]) && (i == from || starts[i] >= end);
        end = Math.max(end, starts[i] + lengths[i]);
      }
      if (straight && end - start >= (long) SMALL_PIECE * (to - from)) {
        readStraight(input, batch, targets, order, from, to);
        return null;
      }
      fillScratch(input, start, Math.toIntExact(end - start));
    } catch (IOException failure) {
      rethrowInterruption(failure);
      return failure;
    }
    for (int i = from; i < to; i++) {
      scatter(
          input, batch, order[i], (int) (starts[i] - starts[from]), targets[batch.rows[order[i]]]);
    }
    return null;
  }

  /** Whether a piece is read where it belongs. */
  private static boolean isStraight(ReadBatch batch, int piece) {
    return batch.skips[piece] == ReadBatch.STORED_PLAIN
        || (batch.isEncrypted(piece) && batch.hostLengths[piece] == batch.lengths[piece]);
  }

  private void readStraight(ImageInput input, ReadBatch batch, int piece, byte[] target)
      throws IOException {
    int maxRead = input.advice().maxRead();
    int done = 0;
    while (done < batch.lengths[piece]) {
      int part = Math.min(maxRead, batch.lengths[piece] - done);
      io.dataRead(
          input.readPadded(
              batch.hostOffsets[piece] + done, target, batch.rowOffsets[piece] + done, part));
      done += part;
    }
    if (batch.isEncrypted(piece)) {
      decrypt(batch, piece, target, batch.rowOffsets[piece]);
    }
  }

  /** Reads pieces and the gaps between them, each piece where it belongs. */
  private void readStraight(
      ImageInput input, ReadBatch batch, byte[][] targets, int[] order, int from, int to)
      throws IOException {
    List<ByteBuffer> parts = new ArrayList<>(to - from);
    long end = starts[from];
    for (int i = from; i < to; i++) {
      if (starts[i] > end) {
        parts.add(unwanted((int) (starts[i] - end)));
      }
      int piece = order[i];
      int length = batch.lengths[piece];
      parts.add(ByteBuffer.wrap(targets[batch.rows[piece]], batch.rowOffsets[piece], length));
      end = starts[i] + lengths[i];
    }
    io.dataRead(input.readPadded(starts[from], parts.toArray(ByteBuffer[]::new)));
    for (int i = from; i < to; i++) {
      int piece = order[i];
      if (batch.isEncrypted(piece)) {
        decrypt(batch, piece, targets[batch.rows[piece]], batch.rowOffsets[piece]);
      }
    }
  }

  /** Where bytes go that nobody looks at. */
  private ByteBuffer unwanted(int length) {
    if (gap.length < length) {
      gap = new byte[length];
    }
    return ByteBuffer.wrap(gap, 0, length);
  }

  /** Decrypts the sectors of a piece in place. */
  private void decrypt(ReadBatch batch, int piece, byte[] bytes, int offset) {
    int input = batch.inputs[piece];
    if (ciphers[input] == null) {
      ciphers[input] = inputs.get(input).cipher().get();
    }
    ciphers[input].decrypt(
        bytes,
        offset,
        (int) batch.hostLengths[piece],
        batch.guestOffsets[piece],
        batch.hostOffsets[piece]);
  }

  private void fillScratch(ImageInput input, long start, int length) throws IOException {
    if (scratch.capacity() < length) {
      int capacity = Math.max(length, Math.min(input.advice().maxRead(), 2 * length));
      scratch =
          input.advice().direct()
              ? ByteBuffer.allocateDirect(capacity)
              : ByteBuffer.allocate(capacity);
    }
    scratch.clear().limit(length);
    io.dataRead(input.readPadded(start, scratch));
  }

  private void scatter(ImageInput input, ReadBatch batch, int piece, int position, byte[] target) {
    if (isStraight(batch, piece)) {
      scratch.get(position, target, batch.rowOffsets[piece], batch.lengths[piece]);
      if (batch.isEncrypted(piece)) {
        decrypt(batch, piece, target, batch.rowOffsets[piece]);
      }
      return;
    }
    if (batch.isEncrypted(piece)) {
      copyStream(position, (int) batch.hostLengths[piece]);
      decrypt(batch, piece, stream, 0);
      System.arraycopy(
          stream, batch.skips[piece], target, batch.rowOffsets[piece], batch.lengths[piece]);
      return;
    }
    StoredInput stored = inputs.get(batch.inputs[piece]);
    if (stored.decodedSize() > stored.limits().decodedBytes()) {
      batch.fail(
          batch.rows[piece],
          new LimitExceededException(
              input.location(),
              batch.hostOffsets[piece],
              "compressed clusters decode to " + stored.decodedSize() + " bytes",
              Limit.DECODED_BYTES,
              stored.limits()));
      return;
    }
    try {
      decode(batch, piece, position, target);
    } catch (DataFormatException failure) {
      decodedAt = -1;
      batch.fail(
          batch.rows[piece],
          new CorruptImageException(
              input.location(),
              batch.hostOffsets[piece],
              "compressed cluster cannot be decoded: " + failure.getMessage(),
              failure));
    }
  }

  /**
   * Decodes straight into the target when it takes the whole cluster, else keeps the cluster for
   * the next piece.
   */
  private void decode(ReadBatch batch, int piece, int position, byte[] target)
      throws DataFormatException {
    int length = batch.lengths[piece];
    boolean kept =
        decodedAt == batch.hostOffsets[piece]
            && decodedLength == batch.hostLengths[piece]
            && decodedInput == batch.inputs[piece];
    if (!kept) {
      int streamLength = (int) batch.hostLengths[piece];
      copyStream(position, streamLength);
      ClusterDecoder decoder = decoder(batch.inputs[piece]);
      int decodedSize = inputs.get(batch.inputs[piece]).decodedSize();
      if (length == decodedSize) {
        decoder.decode(stream, 0, streamLength, target, batch.rowOffsets[piece], length);
        io.decompressed(length);
        return;
      }
      if (decoded.length < decodedSize) {
        decoded = new byte[decodedSize];
      }
      decodedAt = -1;
      decoder.decode(stream, 0, streamLength, decoded, 0, decodedSize);
      io.decompressed(decodedSize);
      decodedAt = batch.hostOffsets[piece];
      decodedLength = batch.hostLengths[piece];
      decodedInput = batch.inputs[piece];
    }
    System.arraycopy(decoded, batch.skips[piece], target, batch.rowOffsets[piece], length);
  }

  private void copyStream(int position, int length) {
    if (stream.length < length) {
      stream = new byte[length];
    }
    scratch.get(position, stream, 0, length);
  }

  private ClusterDecoder decoder(int input) {
    if (decoders[input] == null) {
      decoders[input] = inputs.get(input).decoder().get();
    }
    return decoders[input];
  }

  private static void rethrowInterruption(IOException failure) throws IOException {
    if (failure instanceof InterruptedIOException
        || failure instanceof ClosedByInterruptException) {
      throw failure;
    }
  }

  @Override
  public void close() {
    for (ClusterDecoder decoder : decoders) {
      if (decoder != null) {
        decoder.close();
      }
    }
    Arrays.fill(decoders, null);
    scratch = ByteBuffer.allocate(0);
    gap = EMPTY;
    inputs.forEach(stored -> stored.input().rest());
  }
}
