package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Fresh images in memory, of which a history is tried. */
final class MemoryImages {
  private static final int MOST_STEPS = 24;

  private final WriterProfile profile;
  private final Path directory;

  /**
   * Images of a driver.
   *
   * @param directory for files that QEMU makes or looks at
   */
  MemoryImages(WriterProfile profile, Path directory) {
    this.profile = profile;
    this.directory = directory;
    Fill.writeNoises(directory);
  }

  /**
   * One image.
   *
   * @param file its bytes
   * @param disk what it shows
   * @param history to be tried
   */
  record Fresh(CreateCase created, MemoryTarget file, DiskModel disk, History history) {}

  Path directory() {
    return directory;
  }

  /** Created by our driver, or by QEMU with what the profile adds. */
  Fresh next(Random random) throws IOException {
    CreateCase created = profile.random(random);
    MemoryTarget file =
        random.nextInt(8) == 0 && profile.isWrittenByQemu() && QemuImg.available()
            ? madeByQemu(created, random)
            : madeByUs(created);
    try (DiskImage image = profile.open(file.copy(), created, directory)) {
      DiskModel disk =
          new DiskModel(
              image.virtualSize(), profile.clusterSize(created), profile.discards(created));
      disk.take(image);
      History history =
          new HistoryGenerator(
                  random, disk.size(), profile.clusterSize(created), profile.kinds(created))
              .history(1 + random.nextInt(MOST_STEPS));
      return new Fresh(created, file, disk, history);
    }
  }

  private MemoryTarget madeByUs(CreateCase created) throws IOException {
    MemoryTarget file = new MemoryTarget();
    try (WritableDiskImage image = profile.create(file, created, directory)) {
      image.flush();
    }
    return file;
  }

  private MemoryTarget madeByQemu(CreateCase created, Random random) throws IOException {
    Path image = directory.resolve("made." + profile.format());
    Files.deleteIfExists(image);
    QemuImg.create(profile.format(), created.argument(), image, String.valueOf(created.size()));
    profile.prepare(image, created, random);
    return MemoryTarget.of(image);
  }
}
