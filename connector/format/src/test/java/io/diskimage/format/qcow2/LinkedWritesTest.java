package io.diskimage.format.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.DiskImage;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.ReferenceDeniedException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.CreateCase;
import io.diskimage.format.raw.RawFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writing images that name other files: a backing file, a data file. */
class LinkedWritesTest {
  private static final int SIZE = 300 << 10;
  private static final int BACKED = 200_000 & -512;

  @TempDir Path directory;

  private final long seed = Long.getLong("diskimage.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private Path file;
  private Path base;

  @BeforeEach
  void makeBase() throws IOException {
    QemuImg.requireOrSkip();
    System.out.println("linked writes: -Ddiskimage.seed=" + seed);
    file = directory.resolve("top.qcow2");
    base = directory.resolve("base.raw");
    byte[] content = new byte[BACKED];
    random.nextBytes(content);
    Files.write(base, content);
  }

  private static CreateOptions options(String all) {
    return CreateCase.of(SIZE, all).createOptions();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=4k",
        "cluster_size=64k",
        "cluster_size=4k,compat=0.10",
        "cluster_size=16k,extended_l2=on",
        "cluster_size=16k,extended_l2=on,preallocation=metadata"
      })
  void completesClustersFromTheBackingFile(String options) throws IOException {
    String all = options + ",backing_file=" + base + ",backing_fmt=raw";
    Path theirs = directory.resolve("theirs.qcow2");
    QemuImg.create("qcow2", all, theirs, String.valueOf(SIZE));
    byte[] model = Arrays.copyOf(Files.readAllBytes(base), SIZE);
    try (DiskImage below = new RawFormat().open(LocalImageInput.open(base), reading());
        WritableDiskImage image =
            new Qcow2Format()
                .create(
                    LocalImageTarget.create(file),
                    options(all).withWriting(WriteOptions.DEFAULT.withBacking(below)))) {
      assertThat(Files.mismatch(file, theirs)).as("byte of the fresh image").isEqualTo(-1);
      change(image, model, 60);
      image.resize(SIZE + 70_144, false);
    }
    requireShown(Arrays.copyOf(model, SIZE + 70_144));
  }

  private static OpenOptions reading() {
    return OpenOptions.of(Purpose.READ);
  }

  @Test
  void growsOverALargerBackingFileWithZeros() throws IOException {
    CreateOptions half =
        new CreateOptions(
            BACKED / 2 & -512,
            options("cluster_size=4k,backing_fmt=raw,backing_file=" + base).formatOptions(),
            UUID::randomUUID,
            Clock.systemUTC(),
            WriteOptions.DEFAULT);
    byte[] model = Arrays.copyOf(Files.readAllBytes(base), BACKED / 2 & -512);
    try (DiskImage below = new RawFormat().open(LocalImageInput.open(base), reading());
        WritableDiskImage image =
            new Qcow2Format()
                .create(
                    LocalImageTarget.create(file),
                    half.withWriting(WriteOptions.DEFAULT.withBacking(below)))) {
      image.resize(SIZE, false);
    }
    requireShown(Arrays.copyOf(model, SIZE));
  }

  @Test
  void needsTheBackingFileOnlyForPartsOfClusters() throws IOException {
    CreateOptions options = options("cluster_size=4k,backing_fmt=raw,backing_file=" + base);
    byte[] model = Arrays.copyOf(Files.readAllBytes(base), SIZE);
    try (WritableDiskImage image =
        new Qcow2Format().create(LocalImageTarget.create(file), options)) {
      image.write(8192, new byte[4096], 0, 4096);
      Arrays.fill(model, 8192, 12288, (byte) 0);
      assertThatThrownBy(() -> image.write(100, new byte[100], 0, 100))
          .isInstanceOf(ReferenceDeniedException.class);
    }
    requireShown(model);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=4k",
        "cluster_size=64k,data_file_raw=on",
        "cluster_size=16k,extended_l2=on",
        "cluster_size=64k,preallocation=metadata"
      })
  void writesTheDataFile(String options) throws IOException {
    Path data = directory.resolve("data");
    Path theirs = directory.resolve("theirs.qcow2");
    String all = options + ",data_file=" + data;
    QemuImg.create("qcow2", all, theirs, String.valueOf(SIZE));
    byte[] remains = new byte[SIZE + 1000];
    random.nextBytes(remains);
    Files.write(data, remains);
    OpenOptions open =
        reading().withReferences((image, reference) -> LocalImageTarget.create(data));
    byte[] model = new byte[SIZE];
    try (WritableDiskImage image =
        new Qcow2Format()
            .create(
                LocalImageTarget.create(file),
                options(all).withWriting(WriteOptions.DEFAULT.withOpen(open)))) {
      assertThat(Files.mismatch(file, theirs)).as("byte of the fresh image").isEqualTo(-1);
      change(image, model, 60);
    }
    requireShown(model);
    if (options.contains("raw")) {
      assertThat(Files.readAllBytes(data)).isEqualTo(model);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",cluster_size=4k"})
  void growsARawDataFileAsQemuDoes(String options) throws IOException {
    Path data = directory.resolve("data");
    Path theirs = directory.resolve("theirs.qcow2");
    String all = "data_file_raw=on,data_file=" + data + options;
    QemuImg.create("qcow2", all, theirs, String.valueOf(SIZE));
    QemuImg.create("qcow2", all, file, String.valueOf(SIZE));
    long grown = SIZE + 1_070_080;
    QemuImg.run("resize", "-q", theirs.toString(), String.valueOf(grown));
    Files.write(data, new byte[SIZE]);
    OpenOptions open =
        reading().withReferences((image, reference) -> LocalImageTarget.create(data));
    try (WritableDiskImage image =
        new Qcow2Format()
            .openForWriting(LocalImageTarget.open(file), WriteOptions.DEFAULT.withOpen(open))) {
      image.resize(grown, false);
    }
    assertThat(Files.mismatch(file, theirs)).as("byte of the image").isEqualTo(-1);
    assertThat(Files.readAllBytes(data)).isEqualTo(new byte[(int) grown]);
  }

  @Test
  void refusesADataFileThatIsOnlyRead() throws IOException {
    Path data = directory.resolve("data");
    QemuImg.create("qcow2", "data_file=" + data, file, String.valueOf(SIZE));
    OpenOptions open = reading().withReferences((image, reference) -> LocalImageInput.open(data));
    try (LocalImageTarget target = LocalImageTarget.open(file)) {
      assertThatThrownBy(
              () -> new Qcow2Format().openForWriting(target, WriteOptions.DEFAULT.withOpen(open)))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("opened for reading only");
    }
  }

  /** Changes an image and what it should show. */
  private void change(WritableDiskImage image, byte[] model, int times) throws IOException {
    long cluster = image.clusterSize();
    for (int i = 0; i < times; i++) {
      int from = random.nextInt(SIZE);
      int length = 1 + random.nextInt(Math.min(SIZE - from, 40_000));
      switch (random.nextInt(5)) {
        case 0 -> {
          image.writeZeroes(from, length, random.nextBoolean());
          Arrays.fill(model, from, from + length, (byte) 0);
        }
        case 1 -> {
          // Version 2 keeps what a layer below would show again.
          boolean hides = !"2".equals(image.info().formatVersion());
          long first = (from + cluster - 1) / cluster * cluster;
          long end = from + length == SIZE ? SIZE : (from + length) / cluster * cluster;
          image.discard(from, length);
          if (hides && first < end) {
            Arrays.fill(model, (int) first, (int) end, (byte) 0);
          }
        }
        default -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          image.write(from, bytes, 0, length);
          System.arraycopy(bytes, 0, model, from, length);
        }
      }
    }
  }

  private void requireShown(byte[] model) throws IOException {
    Path shown = directory.resolve("shown.raw");
    QemuImg.convertToRaw("qcow2", file, shown);
    assertThat(Arrays.mismatch(Files.readAllBytes(shown), model)).as("seed %d", seed).isEqualTo(-1);
    assertThat(QemuImg.check(file, "qcow2").exitCode()).isZero();
  }
}
