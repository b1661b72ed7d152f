package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ClusterReader;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ExtentCursor;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.ReadBatch;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams that do not decode fail their own row only (qcow2.md section 3.1). */
class CompressedClusterTest {
  private static final int ROWS = 5;
  private static final int DAMAGED = 2;

  private enum Compression {
    ZLIB,
    ZSTD;

    byte[] compress(byte[] content) {
      return this == ZLIB ? Qcow2Bytes.deflate(content) : Qcow2Bytes.zstd(content);
    }
  }

  private static byte[] content(int row, int clusterSize) {
    byte[] content = ImagePatch.content(row, clusterSize);
    Arrays.fill(content, clusterSize / 2, clusterSize, (byte) row);
    return content;
  }

  /** Row 1 is stored as it is, the others as streams. */
  private static Qcow2Bytes image(Compression compression, int clusterBits) {
    Qcow2Bytes image = Qcow2Bytes.v3(clusterBits, (long) ROWS << clusterBits);
    if (compression == Compression.ZSTD) {
      image.zstd();
    }
    for (int row = 0; row < ROWS; row++) {
      byte[] content = content(row, image.clusterSize());
      if (row == 1) {
        image.store(row, content);
      } else {
        image.storeStream(row, compression.compress(content), 37 * row);
      }
    }
    return image;
  }

  private static byte[][] read(Qcow2Bytes bytes, ReadBatch batch) throws IOException {
    return read(bytes, batch, Limits.DEFAULT);
  }

  private static byte[][] read(Qcow2Bytes bytes, ReadBatch batch, Limits limits)
      throws IOException {
    byte[][] targets = new byte[ROWS][bytes.clusterSize()];
    IoCounters io = new IoCounters();
    OpenOptions options = OpenOptions.of(Purpose.READ).withLimits(limits);
    try (DiskImage image = new Qcow2Format().open(bytes.input(), options);
        ClusterReader reader = image.reader(io)) {
      ExtentCursor runs = image.extents(0, image.virtualSize(), io);
      while (runs.next()) {
        assertThat(runs.failure()).isNull();
        int row = (int) (runs.offset() / bytes.clusterSize());
        if (runs.kind().stored()) {
          batch.add(runs, runs.offset(), (int) runs.length(), row, 0);
        }
      }
      reader.read(batch, targets);
    }
    return targets;
  }

  private static void assertOneRowFails(Qcow2Bytes bytes, long streamAt) throws IOException {
    ReadBatch batch = new ReadBatch();
    byte[][] targets = read(bytes, batch);
    for (int row = 0; row < ROWS; row++) {
      if (row == DAMAGED) {
        assertThat(batch.failure(row))
            .isInstanceOf(CorruptImageException.class)
            .hasMessageContaining("compressed cluster cannot be decoded");
        CorruptImageException failure = (CorruptImageException) batch.failure(row);
        assertThat(failure.hostOffset()).isEqualTo(streamAt);
        assertThat(failure.location()).isEqualTo(Qcow2Bytes.NAME);
      } else {
        assertThat(batch.failure(row)).as("row %d", row).isNull();
        assertThat(targets[row]).as("row %d", row).isEqualTo(content(row, bytes.clusterSize()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 9", "ZLIB, 12", "ZLIB, 16", "ZLIB, 21", "ZSTD, 12", "ZSTD, 16", "ZSTD, 21"})
  void decodesWhatIsWhole(Compression compression, int clusterBits) throws IOException {
    ReadBatch batch = new ReadBatch();
    Qcow2Bytes image = image(compression, clusterBits);
    byte[][] targets = read(image, batch);
    for (int row = 0; row < ROWS; row++) {
      assertThat(batch.failure(row)).isNull();
      assertThat(targets[row]).isEqualTo(content(row, image.clusterSize()));
    }
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 12", "ZSTD, 16"})
  void nothingDecodesToMoreThanTheLimit(Compression compression, int clusterBits)
      throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    int cluster = image.clusterSize();
    ReadBatch allowed = new ReadBatch();
    read(image, allowed, Limits.DEFAULT.withDecodedBytes(cluster));
    ReadBatch refused = new ReadBatch();
    read(image, refused, Limits.DEFAULT.withDecodedBytes(cluster - 1));
    for (int row = 0; row < ROWS; row++) {
      assertThat(allowed.failure(row)).isNull();
      if (row == 1) {
        assertThat(refused.failure(row)).as("is not compressed").isNull();
      } else {
        assertThat(refused.failure(row))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("(limit decodedBytes = " + (cluster - 1) + ")");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 12", "ZLIB, 16", "ZSTD, 12", "ZSTD, 16"})
  void rubbishInsteadOfAStream(Compression compression, int clusterBits) throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    byte[] rubbish = new byte[1000];
    Arrays.fill(rubbish, (byte) 0xff);
    assertOneRowFails(image, image.storeStream(DAMAGED, rubbish, 0));
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 12", "ZLIB, 16", "ZSTD, 12", "ZSTD, 16"})
  void streamWithoutItsEnd(Compression compression, int clusterBits) throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    byte[] stream = compression.compress(content(DAMAGED, image.clusterSize()));
    int at = image.storeStream(DAMAGED, stream, 0);
    image.map(DAMAGED, image.descriptor(at, stream.length / 2));
    assertOneRowFails(image, at);
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 12", "ZLIB, 16", "ZSTD, 12", "ZSTD, 16"})
  void streamOfLessThanACluster(Compression compression, int clusterBits) throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    byte[] stream = compression.compress(content(DAMAGED, image.clusterSize() - 1));
    assertOneRowFails(image, image.storeStream(DAMAGED, stream, 0));
  }

  @ParameterizedTest
  @CsvSource({"ZSTD, 12", "ZSTD, 16"})
  void frameOfMoreThanACluster(Compression compression, int clusterBits) throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    byte[] stream = compression.compress(content(DAMAGED, image.clusterSize() + 1));
    assertOneRowFails(image, image.storeStream(DAMAGED, stream, 0));
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 12", "ZLIB, 16"})
  void deflateStreamOfMoreThanAClusterIsCut(Compression compression, int clusterBits)
      throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    byte[] longer = Arrays.copyOf(content(DAMAGED, image.clusterSize()), image.clusterSize() + 9);
    image.storeStream(DAMAGED, compression.compress(longer), 0);
    ReadBatch batch = new ReadBatch();
    assertThat(read(image, batch)[DAMAGED]).isEqualTo(content(DAMAGED, image.clusterSize()));
    assertThat(batch.failure(DAMAGED)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"ZSTD, 12", "ZSTD, 16"})
  void framesOneBehindTheOther(Compression compression, int clusterBits) throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    byte[] content = content(DAMAGED, image.clusterSize());
    byte[] first = compression.compress(Arrays.copyOf(content, 1000));
    byte[] second = compression.compress(Arrays.copyOfRange(content, 1000, content.length));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    image.storeStream(DAMAGED, both, 11);
    ReadBatch batch = new ReadBatch();
    assertThat(read(image, batch)[DAMAGED]).isEqualTo(content);
    assertThat(batch.failure(DAMAGED)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"ZLIB, 12", "ZLIB, 16", "ZSTD, 12", "ZSTD, 16"})
  void streamBehindTheEndOfTheFile(Compression compression, int clusterBits) throws IOException {
    Qcow2Bytes image = image(compression, clusterBits);
    long at = (1L << (62 - (clusterBits - 8))) - 1;
    image.map(DAMAGED, Qcow2Bytes.COMPRESSED | at);
    assertOneRowFails(image, at);
  }
}
