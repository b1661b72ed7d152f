package io.diskimage.spark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * 2,000 images of four formats, 64 MiB virtual with 1 to 4 MiB written: different ones made once by
 * qemu-img and qemu-io, each copied to ten places.
 */
final class BenchmarkFleet {
  static final int IMAGES = 2000;

  private static final long SEED = 20_261_121;
  private static final int COPIES = 10;
  private static final long DISK = 64L << 20;
  static final List<String> FORMATS = List.of("qcow2", "vpc", "vdi", "parallels");

  private final Path directory;

  BenchmarkFleet(Path directory) {
    this.directory = directory.resolve("fleet-" + IMAGES);
  }

  /** The directory of all images. */
  Path make() throws IOException, InterruptedException {
    if (Files.exists(directory)) {
      return directory;
    }
    Path unfinished = Path.of(directory + ".part");
    Files.createDirectories(unfinished);
    Random random = new Random(SEED);
    int each = IMAGES / COPIES / FORMATS.size();
    for (String format : FORMATS) {
      for (int i = 0; i < each; i++) {
        Path original = unfinished.resolve(format + "-" + i + "-0." + format);
        Files.deleteIfExists(original);
        makeOne(original, format, random);
        for (int copy = 1; copy < COPIES; copy++) {
          Path target = unfinished.resolve(format + "-" + i + "-" + copy + "." + format);
          Files.deleteIfExists(target);
          Files.copy(original, target);
        }
      }
    }
    Files.move(unfinished, directory);
    return directory;
  }

  private static void makeOne(Path image, String format, Random random)
      throws IOException, InterruptedException {
    Qemu.run("qemu-img", "create", "-q", "-f", format, image.toString(), Long.toString(DISK));
    List<String> writes = new ArrayList<>(List.of("qemu-io", "-f", format));
    int pieces = 4 + random.nextInt(13);
    for (int piece = 0; piece < pieces; piece++) {
      long at = random.nextLong(DISK / (256 << 10)) * (256 << 10);
      writes.add("-c");
      writes.add("write -q -P " + (1 + random.nextInt(255)) + " " + at + " 256k");
    }
    writes.add(image.toString());
    Qemu.run(writes.toArray(String[]::new));
  }
}
