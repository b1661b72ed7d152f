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
  private record Piece(int row, int rowOffset, int length, long host, Storage storage, long skip) {

    boolean stream() {
      return storage == Storage.STREAM;
    }

    /** First byte that has to be read for it. */
    long hostStart() {
      return storage == Storage.ENCRYPTED ? host - host % SectorCipher.SECTOR : host;
    }

    long hostEnd() {
      return switch (storage) {
        case PLAIN -> host + length;
        case STREAM -> host + 1;
        case ENCRYPTED ->
            (host + length + SectorCipher.SECTOR - 1) / SectorCipher.SECTOR * SectorCipher.SECTOR;
      };
    }
  }

  private enum Storage {
    PLAIN,
    STREAM,
    ENCRYPTED
  }

  /** What a byte of a sector is XORed with, as far as a test's cipher goes. */
  private static byte key(long guestSector, long hostSector) {
    return (byte) (31 * guestSector + 7 * hostSector + 1);
  }

  private static void decrypt(
      byte[] bytes, int offset, int length, long guestOffset, long hostOffset) {
    assertThat(length % SectorCipher.SECTOR).isZero();
    assertThat(guestOffset % SectorCipher.SECTOR).isZero();
    assertThat(hostOffset % SectorCipher.SECTOR).isZero();
    for (int i = 0; i < length; i++) {
      long sector = i / SectorCipher.SECTOR;
      bytes[offset + i] ^=
          key(
              guestOffset / SectorCipher.SECTOR + sector,
              hostOffset / SectorCipher.SECTOR + sector);
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
    switch (random.nextInt(4)) {
      case 0 -> {
        int skip = random.nextInt(CLUSTER - length + 1);
        add(new Piece(row, rowOffset, length, host / 8192 * 8192, Storage.STREAM, skip));
      }
      case 1 -> {
        long guest = host % SectorCipher.SECTOR + 512L * random.nextInt(1 << 30);
        add(new Piece(row, rowOffset, length, host, Storage.ENCRYPTED, guest));
      }
      case 2 -> {
        // Whole sectors.
        int sectors = Math.max(1, length / SectorCipher.SECTOR);
        boolean fits = sectors * SectorCipher.SECTOR <= ROW_BYTES - rowOffset;
        int whole = fits ? sectors * SectorCipher.SECTOR : length;
        long aligned = host - host % SectorCipher.SECTOR;
        add(new Piece(row, rowOffset, Math.min(whole, length), aligned, Storage.ENCRYPTED, 1024));
      }
      default -> add(new Piece(row, rowOffset, length, host, Storage.PLAIN, 0));
    }
  }

  private void add(Piece piece) {
    pieces.add(piece);
    batch.add(new PieceRun(piece), piece.skip(), piece.length(), piece.row(), piece.rowOffset());
    for (int i = 0; i < piece.length(); i++) {
      long guest = piece.skip() + i;
      long host = piece.host() + i;
      expected[piece.row()][piece.rowOffset() + i] =
          switch (piece.storage()) {
            case PLAIN -> byteAt(host);
            case STREAM -> (byte) (byteAt(piece.host()) + guest);
            case ENCRYPTED ->
                (byte)
                    (byteAt(host) ^ key(guest / SectorCipher.SECTOR, host / SectorCipher.SECTOR));
          };
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
        random.nextInt(20000), 4096 + random.nextInt(60000), random.nextBoolean(), 0);
  }

  private IoCounters read(ImageInput input) throws IOException {
    IoCounters io = new IoCounters();
    StoredInput stored =
        StoredInput.plain(input)
            .compressed(CountingOn::new, CLUSTER, Limits.DEFAULT)
            .encrypted(() -> ClusterReaderTest::decrypt);
    try (ClusterReader reader = new ClusterReader(List.of(stored), io)) {
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
          row,
          piece ->
              piece.hostStart() < to && piece.hostEnd() > from && piece.hostStart() < FILE_BYTES);
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
      add(new Piece(row, 0, 1000, 50_000 - 1000L * row, Storage.PLAIN, 0));
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
      add(new Piece(row, 0, 512, 1000, Storage.STREAM, 512L * row));
    }
    IoCounters io = read(bytes());
    assertThat(io.decompressedBytes()).isEqualTo(CLUSTER);
    assertThat(targets).isDeepEqualTo(expected);
  }

  @Example
  void whatNobodyWantsIsNotRead() throws IOException {
    targets = new byte[2][];
    expected = new byte[2][1000];
    add(new Piece(0, 0, 1000, 0, Storage.PLAIN, 0));
    add(new Piece(1, 0, 1000, 5000, Storage.STREAM, 0));
    CountingImageInput counted = new CountingImageInput(bytes());
    read(counted);
    assertThat(counted.reads()).isZero();
  }

  @Example
  void anInterruptionEndsTheRead() {
    targets = new byte[1][10];
    expected = new byte[1][10];
    add(new Piece(0, 0, 10, 0, Storage.PLAIN, 0));
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
      return switch (piece.storage()) {
        case PLAIN -> DATA | ALLOCATED | OFFSET;
        case STREAM -> DATA | ALLOCATED | COMPRESSED;
        case ENCRYPTED -> DATA | ALLOCATED | ENCRYPTED;
      };
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
