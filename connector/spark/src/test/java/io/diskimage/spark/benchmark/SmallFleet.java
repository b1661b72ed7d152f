package io.diskimage.spark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Any number of images of four formats, 64 MiB virtual with 4 KiB written, in directories of 250:
 * some made once by qemu-img and qemu-io, and written to as many places as wanted.
 */
final class SmallFleet {
  private static final long SEED = 20_261_121;
  private static final long DISK = 64L << 20;
  private static final int PATTERNS = 4;
  private static final int PER_DIRECTORY = 250;
  private static final int DIRECTORIES_PER_DIRECTORY = 20;

  private final Path directory;

  SmallFleet(Path directory) {
    this.directory = directory;
  }

  /** The directory of a number of images. */
  Path make(int images) throws IOException, InterruptedException {
    Path fleet = directory.resolve("small-fleet-" + images);
    if (Files.exists(fleet)) {
      return fleet;
    }
    List<Original> originals = originals();
    Path unfinished = Files.createTempDirectory(directory, fleet.getFileName() + ".part");
    Path place = null;
    for (int i = 0; i < images; i++) {
      if (i % PER_DIRECTORY == 0) {
        int number = i / PER_DIRECTORY;
        place =
            unfinished.resolve(
                "rack-%03d/host-%04d".formatted(number / DIRECTORIES_PER_DIRECTORY, number));
        Files.createDirectories(place);
      }
      Original original = originals.get(i % originals.size());
      original.file().write(place.resolve("disk-%06d.%s".formatted(i, original.format())));
    }
    return Files.move(unfinished, fleet);
  }

  private record Original(String format, SparseFile file) {}

  private List<Original> originals() throws IOException, InterruptedException {
    Random random = new Random(SEED);
    List<Original> originals = new ArrayList<>();
    Path image = directory.resolve("small-fleet-original.part");
    for (int pattern = 1; pattern <= PATTERNS; pattern++) {
      for (String format : BenchmarkFleet.FORMATS) {
        Files.deleteIfExists(image);
        Qemu.run("qemu-img", "create", "-q", "-f", format, image.toString(), Long.toString(DISK));
        long at = random.nextLong(DISK / 4096) * 4096;
        String write = "write -q -P " + pattern + " " + at + " 4k";
        Qemu.run("qemu-io", "-f", format, "-c", write, image.toString());
        originals.add(new Original(format, SparseFile.of(image)));
      }
    }
    Files.delete(image);
    return originals;
  }
}
