package io.diskimage.format.oracle;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The formats of one file without compression, on images that {@code qemu-img} creates. */
class SingleFileFormatsOracleTest {
  @TempDir private Path folder;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  static Stream<Arguments> kinds() {
    List<Arguments> kinds = new ArrayList<>();
    for (String size : List.of("512", "1000000", "5M", "12345k", "70M")) {
      kinds.add(Arguments.of("raw", "", size));
      kinds.add(Arguments.of("vdi", "", size));
      kinds.add(Arguments.of("vdi", "static=on", size));
      kinds.add(Arguments.of("vpc", "", size));
      kinds.add(Arguments.of("vpc", "force_size=on", size));
      kinds.add(Arguments.of("vpc", "subformat=fixed", size));
      kinds.add(Arguments.of("vpc", "subformat=fixed,force_size=on", size));
      kinds.add(Arguments.of("parallels", "", size));
      kinds.add(Arguments.of("parallels", "cluster_size=32256", size));
      kinds.add(Arguments.of("parallels", "cluster_size=258048", size));
    }
    kinds.add(Arguments.of("parallels", "cluster_size=512", "3M"));
    kinds.add(Arguments.of("parallels", "cluster_size=4097", "1000"));
    kinds.add(Arguments.of("parallels", "cluster_size=64M", "300M"));
    kinds.add(Arguments.of("vpc", "", "0"));
    kinds.add(Arguments.of("vdi", "", "0"));
    kinds.add(Arguments.of("parallels", "", "0"));
    return kinds.stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void agreesOnWhatQemuWrote(String format, String options, String size) throws IOException {
    long seed = System.nanoTime();
    Path image = folder.resolve("disk." + format);
    QemuImg.create(format, options, image, size);
    String description = format + " " + options + " " + size + ", seed " + seed;
    assertSame(format, image, description + ", empty");
    long virtualSize = QemuImg.info(format, image).get("virtual-size").longValue();
    if (virtualSize > 0) {
      QemuImg.io(format, image, writes(new Random(seed), virtualSize));
      assertSame(format, image, description);
    }
  }

  private static List<String> writes(Random random, long virtualSize) {
    List<String> commands = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      long length = 1 + (long) (random.nextDouble() * Math.min(virtualSize, 1 << 20));
      long offset = (long) (random.nextDouble() * (virtualSize - length + 1));
      String command = i % 5 == 4 ? "write -z" : "write -P " + (1 + random.nextInt(255));
      commands.add(command + " " + offset + " " + length);
    }
    return commands;
  }

  @Test
  void agreesOnTheEndOfRawFiles() throws IOException {
    for (int length : new int[] {1, 511, 513, 1000, 70_001}) {
      byte[] content = new byte[length];
      new Random(length).nextBytes(content);
      Path image = Files.write(folder.resolve("disk.raw"), content);
      assertSame("raw", image, "raw file of " + length + " bytes");
    }
  }

  @Test
  void agreesOnAFixedVhdWhoseFooterIsCut() throws IOException {
    Path image = folder.resolve("disk.vhd");
    QemuImg.create("vpc", "subformat=fixed", image, "3M");
    QemuImg.io("vpc", image, List.of("write -P 9 0 2M"));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    assertSame("vpc", image, "footer of 511 bytes");
  }

  /** Blocks so small that the format's own formula gives them no bitmap, and large ones. */
  @Test
  void agreesOnEveryBlockSizeOfVhd() throws IOException {
    long size = 100 * 512;
    for (int shift = 9; shift <= 31; shift++) {
      Path image = folder.resolve("disk.vhd");
      Files.deleteIfExists(image);
      QemuImg.create("vpc", "force_size=on", image, String.valueOf(size));
      QemuImg.io("vpc", image, List.of("write -P 5 0 " + size));
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        int entries = 128;
        file.seek(512 + 28);
        file.writeInt(entries);
        file.writeInt(1 << shift);
        file.seek(1536);
        for (int i = 0; i < entries; i++) {
          file.writeInt(i % 2 == 0 ? 5 + 3 * i : -1);
        }
        // Sparse; row 15 of the format document wants all blocks in the file.
        file.setLength(5L * 512 + 128 * 1536 + (1L << shift) + (1 << 20));
      }
      assertSame("vpc", image, "block size " + (1L << shift));
    }
  }

  @Test
  void agreesOnDiscardedAndOddEntriesOfVdi() throws IOException {
    Path image = folder.resolve("disk.vdi");
    QemuImg.create("vdi", "", image, "8M");
    QemuImg.io("vdi", image, List.of("write -P 1 0 1M", "write -P 2 3M 1M", "write -P 3 5M 100"));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      putLittleEndian(file, 0x200 + 4, -2);
      putLittleEndian(file, 0x200 + 8, 1);
      // Behind the end of the file, which reads as zeros.
      putLittleEndian(file, 0x200 + 16, 77);
      putLittleEndian(file, 0x200 + 28, 0xfffffffd);
    }
    assertSame("vdi", image, "discarded, shared and far entries");
  }

  /** Version 1 cannot be created any more: made of version 2 by counting in sectors. */
  @Test
  void agreesOnVersionOneOfParallels() throws IOException {
    for (int tracks : new int[] {1, 63, 128, 2048}) {
      Path image = folder.resolve("disk.hdd");
      Files.deleteIfExists(image);
      QemuImg.create("parallels", "cluster_size=" + tracks * 512, image, "9999k");
      QemuImg.io(
          "parallels",
          image,
          List.of("write -P 1 5M 300k", "write -P 2 0 70000", "write -P 3 9990k 1k"));
      int entries = (int) QemuImg.info("parallels", image).get("virtual-size").longValue();
      entries = (entries / 512 + tracks - 1) / tracks;
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.writeBytes("WithoutFreeSpace");
        for (int i = 0; i < entries; i++) {
          file.seek(64 + 4L * i);
          int entry = Integer.reverseBytes(file.readInt());
          putLittleEndian(file, 64 + 4L * i, entry * tracks);
        }
        // The high half of the size does not count.
        putLittleEndian(file, 40, 7);
      }
      assertSame("parallels", image, "version 1, tracks " + tracks);
    }
  }

  private static void assertSame(String format, Path image, String what) throws IOException {
    OracleView oracle = OracleView.of(format, image);
    LocalImageInput input = LocalImageInput.open(image);
    try (input;
        DiskImage opened =
            ImageFormats.byName(format).orElseThrow().open(input, OpenOptions.of(Purpose.READ))) {
      OracleAssertions.assertSame(opened, oracle, what, new Random(1));
    }
  }

  private static void putLittleEndian(RandomAccessFile file, long at, int value)
      throws IOException {
    byte[] bytes = new byte[4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
    file.seek(at);
    file.write(bytes);
  }
}
