package io.diskimage.format.parallels;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.OracleAssertions;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images of both versions that no tool here creates, within the rules that all releases of QEMU
 * share (parallels.md sections 1 to 3).
 */
class ParallelsVariantsTest {
  private static final int SECTOR = 512;
  private static final int[] TRACKS = {1, 2, 7, 63, 128, 504};

  /** Open, closed as the specification says, closed by others, and any other value. */
  private static final long[] IN_USE = {0, 0x746f6e59L, 0x312e3276L, 0x70643137L, 0xffffffffL};

  @TempDir private Path folder;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  @Test
  void readsWhatQemuReads() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      StringBuilder what = new StringBuilder("seed " + seed + ", image " + i);
      Path disk = Files.write(folder.resolve("disk.hdd"), image(random, what));
      OracleView oracle = OracleView.of("parallels", disk);
      LocalImageInput input = LocalImageInput.open(disk);
      try (input;
          DiskImage image = new ParallelsFormat().open(input, OpenOptions.of(Purpose.READ))) {
        OracleAssertions.assertSame(image, oracle, what.toString(), random);
      }
    }
  }

  private static byte[] image(Random random, StringBuilder what) {
    boolean extended = random.nextBoolean();
    int tracks = TRACKS[random.nextInt(TRACKS.length)];
    int sectors = 1 + random.nextInt(tracks * 60);
    int needed = (sectors + tracks - 1) / tracks;
    int entries = needed + (random.nextBoolean() ? random.nextInt(300) : 0);
    int least = (64 + 4 * entries + SECTOR - 1) / SECTOR;
    int start = extended ? (least + tracks - 1) / tracks * tracks : least;
    int dataOff = start;
    switch (random.nextInt(4)) {
      // What is no place for data stands for the first one behind the table.
      case 0 -> dataOff = 0;
      case 1 -> dataOff = random.nextInt(least);
      case 2 -> {
        start += extended ? tracks * random.nextInt(4) : random.nextInt(3 * tracks);
        dataOff = start;
      }
      default -> {
        // As the format says.
      }
    }
    int clusters = 1 + random.nextInt(40);
    byte[] file = new byte[(start + clusters * tracks) * SECTOR];
    random.nextBytes(file);
    Arrays.fill(file, 0, start * SECTOR, (byte) 0);
    long high = extended ? 0 : random.nextLong() << 32;
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .text(0, extended ? "WithouFreSpacExt" : "WithoutFreeSpace")
            .u32(16, 2)
            .u32(20, random.nextInt())
            .u32(24, random.nextInt())
            .u32(28, tracks)
            .u32(32, entries)
            .u64(36, high | sectors)
            .u32(44, IN_USE[random.nextInt(IN_USE.length)])
            .u32(48, dataOff)
            .u32(52, random.nextInt(4));
    for (int i = 0; i < entries; i++) {
      // Clusters may be shared; those of version 1 may begin at any sector.
      int cluster = random.nextInt(clusters);
      int behind = (clusters - 1 - cluster) * tracks;
      boolean odd = !extended && behind > 0 && random.nextInt(4) == 0;
      int sector = start + cluster * tracks + (odd ? random.nextInt(behind) : 0);
      if (random.nextInt(3) > 0) {
        patch.u32(64 + 4 * i, extended ? sector / tracks : sector);
      }
    }
    int missing = random.nextInt(3) == 0 ? random.nextInt(Math.min(tracks * SECTOR, 2000)) : 0;
    what.append(
        ": version %d, tracks %d, sectors %d, entries %d, data_off %d, start %d, %d bytes cut"
            .formatted(extended ? 2 : 1, tracks, sectors, entries, dataOff, start, missing));
    return Arrays.copyOf(file, file.length - missing);
  }
}
