package io.diskimage.spark.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.hadoop.fs.CanSetReadahead;
import org.apache.hadoop.fs.CanUnbuffer;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.StreamCapabilities;
import org.junit.jupiter.api.Test;

class HadoopStreamTest {
  private static final int MIB = 1 << 20;

  /**
   * Bytes that are fetched by requests of at least the read-ahead, of which any move but forward
   * within the request makes a new one. A request is left by reading what is left of it if that is
   * not more than the read-ahead.
   */
  private static final class Requests extends FSInputStream
      implements CanSetReadahead, CanUnbuffer, StreamCapabilities {
    private final byte[] file;
    private final Set<String> capabilities;
    private final List<Long> lengths = new ArrayList<>();
    private long readahead = 1;
    private long position;
    private long end;
    private int unbuffered;
    private long drained;

    Requests(byte[] file, String... capabilities) {
      this.file = file;
      this.capabilities = Set.of(capabilities);
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (position >= end) {
        end = Math.min(file.length, position + Math.max(readahead, length));
        lengths.add(end - position);
      }
      int count = (int) Math.min(Math.min(length, 100_000), end - position);
      new ByteArrayInputStream(file, (int) position, count).readNBytes(target, offset, count);
      position += count;
      return count;
    }

    @Override
    public void seek(long target) throws IOException {
      if (target > file.length) {
        throw new EOFException();
      }
      if (target != position) {
        position = target;
        end = target;
      }
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public void setReadahead(Long bytes) {
      readahead = bytes;
    }

    @Override
    public void unbuffer() {
      unbuffered++;
      drained += end - position <= readahead ? end - position : 0;
      end = position;
    }

    @Override
    public boolean hasCapability(String capability) {
      return capabilities.contains(capability);
    }
  }

  private final byte[] file = new byte[100 * MIB];

  HadoopStreamTest() {
    new Random(5).nextBytes(file);
  }

  private Requests objects() {
    return new Requests(file, StreamCapabilities.READAHEAD, StreamCapabilities.UNBUFFER);
  }

  private HadoopStream over(Requests requests, boolean objectStore) {
    return new HadoopStream(new FSDataInputStream(requests), file.length, objectStore);
  }

  private void read(HadoopStream stream, int position, int length) throws IOException {
    byte[] whole = new byte[length + 10];
    stream.read(
        position,
        length,
        new ByteBuffer[] {
          ByteBuffer.wrap(whole, 0, length / 3),
          ByteBuffer.wrap(whole, length / 3, length / 3 * 2 + 3)
        });
    assertThat(Arrays.mismatch(whole, 0, length, file, position, position + length)).isEqualTo(-1);
    assertThat(whole).endsWith(new byte[7]);
  }

  @Test
  void asksAnObjectStoreForNoMoreThanASingleRequestWants() throws IOException {
    Requests requests = objects();
    try (HadoopStream stream = over(requests, true)) {
      read(stream, 10 * MIB, 4 * MIB);
      read(stream, 50 * MIB, 4 * MIB);
      stream.read(70 * MIB, new byte[1000], 0, 1000);
    }
    assertThat(requests.lengths).containsExactly(4L * MIB, 4L * MIB, 1000L);
  }

  @Test
  void asksAheadThreeTimesWhatASequenceHasProvedToRead() throws IOException {
    Requests requests = objects();
    try (HadoopStream stream = over(requests, true)) {
      for (int at = 0; at < 100; at += 4) {
        read(stream, at * MIB, 4 * MIB);
      }
    }
    assertThat(requests.lengths)
        .containsExactly(4L * MIB, 12L * MIB, 32L * MIB, 32L * MIB, 20L * MIB);
  }

  @Test
  void endsASequenceThatIsLeft() throws IOException {
    Requests requests = objects();
    try (HadoopStream stream = over(requests, true)) {
      read(stream, 0, 4 * MIB);
      read(stream, 4 * MIB, 4 * MIB);
      read(stream, 8 * MIB, 4 * MIB);
      assertThat(stream.continuesAt(12 * MIB)).isTrue();
      read(stream, 40 * MIB, 4 * MIB);
      assertThat(requests.unbuffered).isEqualTo(1);
      read(stream, 44 * MIB, 4 * MIB);
      stream.rest();
      stream.rest();
      assertThat(requests.unbuffered).isEqualTo(2);
      assertThat(stream.continuesAt(48 * MIB)).isFalse();
      read(stream, 48 * MIB, 4 * MIB);
    }
    assertThat(requests.lengths)
        .containsExactly(4L * MIB, 12L * MIB, 4L * MIB, 12L * MIB, 4L * MIB);
  }

  @Test
  void readsNoMoreOfARequestThatIsLeft() throws IOException {
    Requests requests = objects();
    try (HadoopStream stream = over(requests, true)) {
      for (int at = 0; at < 20; at += 4) {
        read(stream, at * MIB, 4 * MIB);
      }
      stream.rest();
    }
    assertThat(requests.lengths).containsExactly(4L * MIB, 12L * MIB, 32L * MIB);
    assertThat(requests.drained).isZero();
  }

  @Test
  void keepsTheConnectionForTheLittleThatIsLeftOfARequest() throws IOException {
    Requests requests = objects();
    try (HadoopStream stream = over(requests, true)) {
      read(stream, 0, 4 * MIB);
      read(stream, 4 * MIB, 12 * MIB - 1000);
      stream.rest();
    }
    assertThat(requests.drained).isEqualTo(1000);
  }

  @Test
  void aFileSystemThatSendsAheadIsReadInSequenceIfThatPays() throws IOException {
    Requests requests = new Requests(file, StreamCapabilities.UNBUFFER);
    try (HadoopStream stream = over(requests, false)) {
      read(stream, 0, 64 << 10);
      assertThat(stream.continuesAt(64 << 10)).isFalse();
      read(stream, 10 * MIB, 2 * MIB);
      assertThat(stream.continuesAt(12 * MIB)).isTrue();
      read(stream, 12 * MIB, 64 << 10);
      assertThat(stream.continuesAt(12 * MIB + (64 << 10))).isTrue();
      assertThat(requests.unbuffered).isZero();
    }
  }

  @Test
  void aStreamThatCannotRestKeepsNoSequence() throws IOException {
    Requests requests = new Requests(file);
    for (boolean objectStore : new boolean[] {false, true}) {
      try (HadoopStream stream = over(requests, objectStore)) {
        read(stream, 0, 4 * MIB);
        read(stream, 4 * MIB, 4 * MIB);
        assertThat(stream.continuesAt(8 * MIB)).isFalse();
        stream.rest();
      }
    }
    assertThat(requests.unbuffered).isZero();
  }
}
