package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random batches against reading each piece by itself. */
class ClusterReaderTest {
  private static final int FILE_BYTES = 200_000;
  private static final int CLUSTER = 4096;
  private static final int ROW_BYTES = 9000;
  private static final byte DAMAGED = 13;

  /** "Decompresses" a stream of one byte to a cluster that counts on from it. */
  private static final class CountingOn implements ClusterDecoder {
    @Override
    public void decode(
        byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength)
        throws DataFormatException {
      if (source[offset] == DAMAGED) {
        Arrays.fill(target, targetOffset, targetOffset + targetLength / 2, DAMAGED);
        throw new DataFormatException("damaged");
      }
      for (int i = 0; i < targetLength; i++) {
        target[targetOffset + i] = (byte) (source[offset] + i);
      }
    }

    @Override
    public void close() {
      // Holds no memory.
    }
  }

  /** A store with its own advice. */
  private static final class Store extends ForwardingImageInput {
    private final ReadAdvice advice;

    Store(ImageInput source, ReadAdvice advice) {
      super(source);
      this.advice = advice;
    }

    @Override
    public ReadAdvice advice() {
      return advice;
    }
  }

  /** A file with a part that cannot be read. */
  private static final class BadRange extends ForwardingImageInput {
    private final long from;
    private final long to;

    BadRange(ImageInput source, long from, long to) {
      super(source);
      this.from = from;
      this.to = to;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
      if (position < to && position + target.remaining() > from) {
        throw new IOException("unreadable");
      }
      return super.read(position, target);
    }
  }

  /** One piece of a row, as a test remembers it. */
  private record Piece(int row, int rowOffset, int length, long host, boolean stream, int skip) {

    long hostEnd() {
      return host + (stream ? 1 : length);
    }
  }

  private final byte[] file = new byte[FILE_BYTES];
  private final List<Piece> pieces = new ArrayList<>();
  private final ReadBatch batch = new ReadBatch();
  private byte[][] targets;
  private byte[][] expected;

  /** Rows of a few pieces each, some of them wanted by nobody. */
  private void compose(Random random) {
    pieces.clear();
    batch.clear();
    random.nextBytes(file);
    int rows = random.nextInt(60);
    targets = new byte[rows][];
    expected = new byte[rows][];
    for (int row = 0; row < rows; row++) {
      targets[row] = random.nextInt(8) == 0 ? null : new byte[ROW_BYTES];
      expected[row] = new byte[ROW_BYTES];
      int at = 0;
      while (at < ROW_BYTES && random.nextInt(4) != 0) {
        at += random.nextInt(300);
        int length = Math.min(ROW_BYTES - at, 1 + random.nextInt(CLUSTER));
        if (length > 0) {
          add(random, row, at, length);
          at += length;
        }
      }
    }
  }

  private void add(Random random, int row, int rowOffset, int length) {
    // Some pieces lie behind the end of the file, which reads as zero.
    long host = random.nextInt(FILE_BYTES + 5000);
    boolean stream = random.nextInt(3) == 0;
    if (stream) {
      host = host / 8192 * 8192;
      int skip = random.nextInt(CLUSTER - length + 1);
      add(new Piece(row, rowOffset, length, host, true, skip));
    } else {
      add(new Piece(row, rowOffset, length, host, false, 0));
    }
  }

  private void add(Piece piece) {
    pieces.add(piece);
    batch.add(new PieceRun(piece), piece.skip(), piece.length(), piece.row(), piece.rowOffset());
    for (int i = 0; i < piece.length(); i++) {
      expected[piece.row()][piece.rowOffset() + i] =
          piece.stream()
              ? (byte) (byteAt(piece.host()) + piece.skip() + i)
              : byteAt(piece.host() + i);
    }
  }

  private byte byteAt(long host) {
    return host < FILE_BYTES ? file[(int) host] : 0;
  }

  private boolean damaged(Piece piece) {
    return piece.stream() && byteAt(piece.host()) == DAMAGED;
  }

  private static ReadAdvice advice(Random random) {
    return new ReadAdvice(
        random.nextInt(20000), 4096 + random.nextInt(60000), random.nextBoolean());
  }

  private IoCounters read(ImageInput input) throws IOException {
    IoCounters io = new IoCounters();
    try (ClusterReader reader = new ClusterReader(List.of(input), new CountingOn(), CLUSTER, io)) {
      reader.read(batch, targets);
    }
    return io;
  }

  private ImageInput bytes() {
    return new BytesImageInput("file", file);
  }

  @Property(tries = 250)
  void rowsAreWhatTheirPiecesSay(@ForAll Random random) throws IOException {
    compose(random);
    CountingImageInput counted = new CountingImageInput(bytes());
    IoCounters io = read(new Store(counted, advice(random)));
    assertThat(io.dataBytes()).isEqualTo(counted.bytesRead());
    for (int row = 0; row < targets.length; row++) {
      assertRow(row, piece -> false);
    }
  }

  @Property(tries = 250)
  void onlyRowsOfAnUnreadableRangeFail(@ForAll Random random) throws IOException {
    compose(random);
    long from = random.nextInt(FILE_BYTES);
    long to = from + 1 + random.nextInt(2000);
    read(new Store(new BadRange(bytes(), from, to), advice(random)));
    for (int row = 0; row < targets.length; row++) {
      assertRow(
          row, piece -> piece.host() < to && piece.hostEnd() > from && piece.host() < FILE_BYTES);
    }
  }

  @FunctionalInterface
  private interface Unreadable {
    boolean test(Piece piece);
  }

  private void assertRow(int row, Unreadable unreadable) {
    List<Piece> own = pieces.stream().filter(piece -> piece.row() == row).toList();
    boolean failed = own.stream().anyMatch(piece -> unreadable.test(piece) || damaged(piece));
    if (targets[row] == null) {
      assertThat(batch.failure(row)).isNull();
    } else if (!failed) {
      assertThat(batch.failure(row)).isNull();
      assertThat(targets[row]).isEqualTo(expected[row]);
    } else {
      assertThat(batch.failure(row)).isNotNull();
    }
  }

  @Property(tries = 250)
  void readsThatFailAtRandomNeverBecomeContent(@ForAll Random random) throws IOException {
    compose(random);
    read(new Store(new FaultyImageInput(bytes(), random.nextLong(), 0.3), advice(random)));
    for (int row = 0; row < targets.length; row++) {
      if (batch.failure(row) == null && targets[row] != null) {
        assertThat(targets[row]).isEqualTo(expected[row]);
      }
    }
  }

  @Property(tries = 50)
  void aBatchCanBeUsedAgain(@ForAll Random random) throws IOException {
    compose(random);
    read(new BadRange(bytes(), 0, FILE_BYTES));
    compose(random);
    read(bytes());
    for (int row = 0; row < targets.length; row++) {
      assertRow(row, piece -> false);
    }
  }

  @Example
  void neighboursAreReadByOneRequest() throws IOException {
    targets = new byte[50][1000];
    expected = new byte[50][1000];
    for (int row = 0; row < 50; row++) {
      add(new Piece(row, 0, 1000, 50_000 - 1000L * row, false, 0));
    }
    CountingImageInput counted = new CountingImageInput(bytes());
    read(counted);
    assertThat(counted.reads()).isEqualTo(1);
    assertThat(counted.bytesRead()).isEqualTo(50_000);
    assertThat(targets).isDeepEqualTo(expected);
  }

  @Example
  void aClusterInPiecesIsDecodedOnce() throws IOException {
    targets = new byte[8][512];
    expected = new byte[8][512];
    for (int row = 0; row < 8; row++) {
      add(new Piece(row, 0, 512, 1000, true, 512 * row));
    }
    IoCounters io = read(bytes());
    assertThat(io.decompressedBytes()).isEqualTo(CLUSTER);
    assertThat(targets).isDeepEqualTo(expected);
  }

  @Example
  void whatNobodyWantsIsNotRead() throws IOException {
    targets = new byte[2][];
    expected = new byte[2][1000];
    add(new Piece(0, 0, 1000, 0, false, 0));
    add(new Piece(1, 0, 1000, 5000, true, 0));
    CountingImageInput counted = new CountingImageInput(bytes());
    read(counted);
    assertThat(counted.reads()).isZero();
  }

  @Example
  void anInterruptionEndsTheRead() {
    targets = new byte[1][10];
    expected = new byte[1][10];
    add(new Piece(0, 0, 10, 0, false, 0));
    ImageInput interrupted =
        new ForwardingImageInput(bytes()) {
          @Override
          public int read(long position, ByteBuffer target) throws IOException {
            throw new InterruptedIOException("interrupted");
          }
        };
    assertThatThrownBy(() -> read(interrupted)).isInstanceOf(InterruptedIOException.class);
  }

  /** The run that a piece is a part of, in its own coordinates. */
  private record PieceRun(Piece piece) implements ExtentCursor {
    @Override
    public boolean next() {
      return false;
    }

    @Override
    public long offset() {
      return piece.skip();
    }

    @Override
    public long length() {
      return piece.length();
    }

    @Override
    public ExtentKind kind() {
      return piece.stream() ? ExtentKind.COMPRESSED : ExtentKind.DATA;
    }

    @Override
    public int flags() {
      return DATA | ALLOCATED | (piece.stream() ? COMPRESSED : OFFSET);
    }

    @Override
    public long hostOffset() {
      return piece.host();
    }

    @Override
    public long hostLength() {
      return piece.stream() ? 1 : piece.length();
    }

    @Override
    public long clusterOffset() {
      return piece.stream() ? 0 : offset();
    }

    @Override
    public int input() {
      return 0;
    }

    @Override
    public int depth() {
      return 0;
    }

    @Override
    public IOException failure() {
      return null;
    }
  }
}
