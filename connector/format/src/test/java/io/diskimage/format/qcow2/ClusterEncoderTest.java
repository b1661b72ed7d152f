package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.CreateCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of clusters decode by the reference library and by QEMU, and stay within a cluster. */
class ClusterEncoderTest {
  private static final int CLUSTER = 65536;
  private static final int CLUSTERS = 12;

  @TempDir Path directory;

  private final long seed = Long.getLong("diskimage.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void deflatesWhatZlibInflates() throws DataFormatException {
    byte[] stream = new byte[CLUSTER];
    byte[] inflated = new byte[CLUSTER];
    try (ZlibEncoder encoder = new ZlibEncoder()) {
      for (int i = 0; i < CLUSTERS; i++) {
        byte[] cluster = compressible();
        int length = encoder.encode(cluster, 0, CLUSTER, stream);
        assertThat(length).as("seed %d", seed).isBetween(1, CLUSTER - 1);
        Inflater inflater = new Inflater(true);
        inflater.setInput(stream, 0, length);
        assertThat(inflater.inflate(inflated)).as("seed %d", seed).isEqualTo(CLUSTER);
        assertThat(inflater.finished()).as("end of the stream, seed %d", seed).isTrue();
        assertThat(inflater.getRemaining()).as("bytes too many, seed %d", seed).isZero();
        inflater.end();
        assertThat(inflated).as("seed %d", seed).isEqualTo(cluster);
      }
    }
  }

  /** Noise that repeats becomes much shorter only if the last time is within the window. */
  @ParameterizedTest
  @CsvSource({"3000,true", "4097,false", "5000,false", "20000,false"})
  void refersToNothingBeyond4096Bytes(int period, boolean shorter) {
    byte[] cluster = new byte[CLUSTER];
    random.nextBytes(cluster);
    for (int i = period; i < CLUSTER; i++) {
      cluster[i] = cluster[i - period];
    }
    try (ZlibEncoder encoder = new ZlibEncoder()) {
      int length = encoder.encode(cluster, 0, CLUSTER, new byte[CLUSTER]);
      assertThat(length > 0 && length < CLUSTER / 2).as("seed %d", seed).isEqualTo(shorter);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zlib", "zstd"})
  void isReadByQemu(String type) throws IOException {
    QemuImg.requireOrSkip();
    Path file = directory.resolve("image");
    byte[] disk = new byte[CLUSTERS * CLUSTER];
    for (int i = 0; i < CLUSTERS; i++) {
      System.arraycopy(compressible(), 0, disk, i * CLUSTER, CLUSTER);
    }
    CreateCase created = CreateCase.of(disk.length, "compression_type=" + type);
    try (WritableDiskImage image =
        new Qcow2Format().create(LocalImageTarget.create(file), created.createOptions())) {
      image.writeCompressed(0, disk, 0, disk.length);
    }
    Path raw = directory.resolve("raw");
    QemuImg.convertToRaw("qcow2", file, raw);
    assertThat(Arrays.mismatch(Files.readAllBytes(raw), disk)).as("seed %d", seed).isEqualTo(-1);
    QemuImg.Check check = QemuImg.check(file, "qcow2");
    assertThat(check.exitCode()).isZero();
    assertThat(check.counter("compressed-clusters")).isEqualTo(CLUSTERS);
  }

  @Test
  void leavesNoiseAsItIs() {
    byte[] noise = new byte[CLUSTER];
    random.nextBytes(noise);
    byte[] stream = new byte[CLUSTER];
    try (ZlibEncoder zlib = new ZlibEncoder();
        ZstdEncoder zstd = new ZstdEncoder()) {
      assertThat(zlib.encode(noise, 0, CLUSTER, stream)).isEqualTo(-1);
      assertThat(zstd.encode(noise, 0, CLUSTER, stream)).isEqualTo(-1);
      byte[] zeros = new byte[CLUSTER];
      assertThat(zlib.encode(zeros, 0, CLUSTER, stream)).isBetween(1, 200);
      assertThat(zstd.encode(zeros, 0, CLUSTER, stream)).isBetween(1, 200);
    }
  }

  /** Words at random distances of each other, most of them within the window. */
  private byte[] compressible() {
    byte[] cluster = new byte[CLUSTER];
    int longest = 3 + random.nextInt(300);
    int at = 0;
    while (at < CLUSTER) {
      int length = Math.min(CLUSTER - at, 3 + random.nextInt(longest));
      if (at == 0 || random.nextInt(20) == 0) {
        byte[] word = new byte[length];
        random.nextBytes(word);
        System.arraycopy(word, 0, cluster, at, length);
      } else {
        int back = 1 + random.nextInt(Math.min(at, 6000));
        for (int i = 0; i < length; i++) {
          cluster[at + i] = cluster[at + i - back];
        }
      }
      at += length;
    }
    return cluster;
  }
}
