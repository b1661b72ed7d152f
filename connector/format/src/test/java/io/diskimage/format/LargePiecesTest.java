package io.diskimage.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Clusters of 64 KiB in any order of the file, some of them behind its end, with gaps between. */
class LargePiecesTest {
  private static final int CLUSTER = 64 << 10;
  private static final int ROWS = 40;
  private static final int FILE_BYTES = 30 * CLUSTER + 777;

  private final byte[] file = new byte[FILE_BYTES];
  private final List<Integer> places = new ArrayList<>();
  private final ReadBatch batch = new ReadBatch();
  private final byte[][] targets = new byte[ROWS][];

  /** An advice of its own for an input. */
  private static final class Advised extends ForwardingImageInput {
    private final ReadAdvice advice;

    Advised(ImageInput source, ReadAdvice advice) {
      super(source);
      this.advice = advice;
    }

    @Override
    public ReadAdvice advice() {
      return advice;
    }

    @Override
    public int read(long position, ByteBuffer[] targets) throws IOException {
      long room = Arrays.stream(targets).mapToLong(ByteBuffer::remaining).sum();
      assertThat(room).isLessThanOrEqualTo(advice.maxRead());
      return super.read(position, targets);
    }
  }

  private void compose(Random random) throws IOException {
    random.nextBytes(file);
    places.clear();
    batch.clear();
    List<Integer> clusters = new ArrayList<>();
    for (int cluster = 0; cluster < ROWS + 10; cluster++) {
      clusters.add(cluster);
    }
    if (random.nextBoolean()) {
      Collections.shuffle(clusters, random);
    }
    List<Extent> runs = new ArrayList<>();
    int flags = ExtentCursor.DATA | ExtentCursor.OFFSET | ExtentCursor.ALLOCATED;
    for (int row = 0; row < ROWS; row++) {
      long host = (long) clusters.get(row) * CLUSTER;
      places.add((int) host);
      runs.add(new Extent((long) row * CLUSTER, CLUSTER, ExtentKind.DATA, flags, host, 0));
    }
    ListedImage disk = new ListedImage(CLUSTER, (long) ROWS * CLUSTER, runs);
    ExtentCursor cursor = disk.extents(0, disk.virtualSize(), new IoCounters());
    for (int row = 0; cursor.next(); row++) {
      batch.add(cursor, cursor.offset(), CLUSTER, row, 0);
      // What is behind the end of the file has to become zero.
      targets[row] = random.nextInt(6) == 0 ? null : new byte[CLUSTER];
      if (targets[row] != null) {
        Arrays.fill(targets[row], (byte) 1);
      }
    }
  }

  private byte[] expected(int row) {
    byte[] bytes = new byte[CLUSTER];
    int stored = Math.max(0, Math.min(CLUSTER, FILE_BYTES - places.get(row)));
    if (stored > 0) {
      System.arraycopy(file, places.get(row), bytes, 0, stored);
    }
    return bytes;
  }

  private IoCounters read(ImageInput input) throws IOException {
    IoCounters io = new IoCounters();
    try (ClusterReader reader = new ClusterReader(List.of(StoredInput.plain(input)), io)) {
      reader.read(batch, targets);
    }
    return io;
  }

  private static ReadAdvice advice(Random random) {
    return new ReadAdvice(
        random.nextInt(200_000), CLUSTER * (1 + random.nextInt(20)), random.nextBoolean(), 0);
  }

  @Property(tries = 100)
  void rowsHaveTheBytesOfTheirPlaces(@ForAll Random random) throws IOException {
    compose(random);
    CountingImageInput counted = new CountingImageInput(new BytesImageInput("file", file));
    IoCounters io = read(new Advised(counted, advice(random)));
    assertThat(io.dataBytes()).isEqualTo(counted.bytesRead());
    for (int row = 0; row < ROWS; row++) {
      assertThat(batch.failure(row)).isNull();
      if (targets[row] != null) {
        assertThat(targets[row]).isEqualTo(expected(row));
      }
    }
  }

  @Property(tries = 100)
  void aReadThatFailsIsRepeatedRowByRow(@ForAll Random random) throws IOException {
    compose(random);
    ImageInput faulty =
        new FaultyImageInput(new BytesImageInput("file", file), random.nextLong(), 0.3);
    read(new Advised(faulty, advice(random)));
    for (int row = 0; row < ROWS; row++) {
      if (targets[row] != null && batch.failure(row) == null) {
        assertThat(targets[row]).isEqualTo(expected(row));
      }
    }
  }

  @Property(tries = 50)
  void stretchesAreCountedInTheOrderOfTheDisk(@ForAll Random random) throws IOException {
    compose(random);
    int stretches = 1;
    for (int row = 1; row < ROWS; row++) {
      stretches += places.get(row) == places.get(row - 1) + CLUSTER ? 0 : 1;
    }
    assertThat(batch.stretches()).isEqualTo(stretches);
  }
}
