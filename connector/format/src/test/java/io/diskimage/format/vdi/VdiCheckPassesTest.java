package io.diskimage.format.vdi;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckPasses;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.StretchedInput;
import io.diskimage.format.oracle.CheckAssertions;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random maps: what is found is what a plain count finds, however little memory there is. */
class VdiCheckPassesTest {
  private static final int ROUNDS = 60;
  private static final int BLOCKS = 2000;

  @TempDir private Path folder;

  /** A map, and how many blocks of the file are there. */
  private static final class RandomMap {
    private final int[] entries = new int[BLOCKS];
    private final int diskBlocks;
    private final int fileBlocks;
    private final int count;

    RandomMap(Random random) {
      diskBlocks = 1 + random.nextInt(BLOCKS);
      fileBlocks = 1 + random.nextInt(BLOCKS);
      count = random.nextInt(BLOCKS);
      int numbers = 1 + random.nextInt(2 * BLOCKS);
      double present = random.nextDouble();
      for (int i = 0; i < BLOCKS; i++) {
        int other = random.nextBoolean() ? VdiBytes.NONE : VdiBytes.DISCARDED;
        entries[i] = random.nextDouble() < present ? random.nextInt(numbers) : other;
      }
    }

    byte[] file() {
      byte[] file = new byte[0x200 + 4 * BLOCKS];
      System.arraycopy(VdiBytes.image(VdiBytes.DYNAMIC, 0), 0, file, 0, 0x200);
      ImagePatch patch =
          ImagePatch.littleEndian(file)
              .u64(0x170, (long) diskBlocks * VdiBytes.MIB)
              .u32(0x158, dataStart())
              .u32(0x180, BLOCKS)
              .u32(0x184, count);
      for (int i = 0; i < BLOCKS; i++) {
        patch.u32(0x200 + 4 * i, entries[i]);
      }
      return file;
    }

    private static int dataStart() {
      return 0x200 + (4 * BLOCKS + 511) / 512 * 512;
    }

    long fileLength() {
      return dataStart() + (long) fileBlocks * VdiBytes.MIB;
    }

    Map<FindingKind, Long> findings() {
      Map<FindingKind, Long> found = new EnumMap<>(FindingKind.class);
      Set<Integer> used = new HashSet<>();
      int valid = 0;
      for (int i = 0; i < BLOCKS; i++) {
        int entry = entries[i];
        if (entry == VdiBytes.NONE || entry == VdiBytes.DISCARDED) {
          continue;
        }
        boolean again = !used.add(entry);
        if (entry >= BLOCKS) {
          found.merge(FindingKind.VDI_BLOCK_TOO_LARGE, 1L, Long::sum);
        } else {
          valid++;
          if (again) {
            found.merge(FindingKind.VDI_DUPLICATE_BLOCK, 1L, Long::sum);
          }
          if (entry >= fileBlocks) {
            found.merge(FindingKind.VDI_BLOCK_BEHIND_EOF, 1L, Long::sum);
          }
        }
        if (i >= diskBlocks) {
          found.merge(FindingKind.VDI_ENTRY_BEHIND_DISK, 1L, Long::sum);
        }
      }
      if (valid != count) {
        found.put(FindingKind.VDI_ALLOCATED_COUNT, 1L);
      }
      int last = fileBlocks - 1;
      while (last >= 0 && !used.contains(last)) {
        last--;
      }
      if (last < fileBlocks - 1) {
        found.put(FindingKind.VDI_TAIL_LEAK, (long) fileBlocks - 1 - last);
      }
      for (int block = 0; block < last; block++) {
        if (!used.contains(block)) {
          found.merge(FindingKind.VDI_UNUSED_BLOCK, 1L, Long::sum);
        }
      }
      return found;
    }
  }

  @Test
  void findsWhatAPlainCountFindsInAnyNumberOfPasses() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      RandomMap map = new RandomMap(random);
      CheckPasses.assertFinds(
          map.findings(),
          "seed " + seed + ", round " + round,
          options -> check(map, options),
          1,
          24,
          100);
    }
  }

  private static CheckReport check(RandomMap map, CheckOptions options) throws IOException {
    BytesImageInput content = new BytesImageInput("disk.vdi", map.file());
    return ImageCheck.of(new VdiFormat(), new StretchedInput(content, map.fileLength()), options);
  }

  @Test
  void countsAsQemuDoes() throws IOException {
    QemuImg.requireOrSkip();
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Path image = folder.resolve("disk.vdi");
    for (int round = 0; round < ROUNDS; round++) {
      RandomMap map = new RandomMap(random);
      Files.write(image, map.file());
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.setLength(map.fileLength());
      }
      CheckAssertions.assertSame("vdi", image);
    }
  }
}
