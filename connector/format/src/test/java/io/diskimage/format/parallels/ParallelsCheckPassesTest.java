package io.diskimage.format.parallels;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckPasses;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.format.check.StretchedInput;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Random tables: what is found is what a plain count finds, however little memory there is. */
class ParallelsCheckPassesTest {
  private static final int ROUNDS = 60;
  private static final int ENTRIES = 2000;
  private static final int TRACKS = 8;
  private static final int CLUSTER = TRACKS * 512;

  /** Clusters in front of the data area. */
  private static final int HEADER = 2;

  /** A table, and how many clusters the file has. */
  private static final class RandomTable {
    private final int[] entries = new int[ENTRIES];
    private final int diskClusters;
    private final int fileClusters;

    RandomTable(Random random) {
      diskClusters = 1 + random.nextInt(ENTRIES);
      fileClusters = HEADER + random.nextInt(ENTRIES);
      int numbers = 1 + random.nextInt(2 * ENTRIES);
      double present = random.nextDouble();
      for (int i = 0; i < ENTRIES; i++) {
        entries[i] = random.nextDouble() < present ? random.nextInt(numbers) : 0;
      }
    }

    byte[] file() {
      byte[] file = new byte[HEADER * CLUSTER];
      ImagePatch patch =
          ImagePatch.littleEndian(file)
              .text(0, "WithouFreSpacExt")
              .u32(16, 2)
              .u32(28, TRACKS)
              .u32(32, ENTRIES)
              .u64(36, (long) diskClusters * TRACKS)
              .u32(48, HEADER * TRACKS);
      for (int i = 0; i < ENTRIES; i++) {
        patch.u32(64 + 4 * i, entries[i]);
      }
      return file;
    }

    Map<FindingKind, Long> findings() {
      Map<FindingKind, Long> found = new EnumMap<>(FindingKind.class);
      Set<Integer> used = new HashSet<>();
      int last = HEADER - 1;
      for (int i = 0; i < ENTRIES; i++) {
        int entry = entries[i];
        if (entry == 0) {
          continue;
        }
        if (entry < HEADER) {
          found.merge(FindingKind.PARALLELS_CLUSTER_IN_METADATA, 1L, Long::sum);
        } else if (entry >= fileClusters) {
          found.merge(FindingKind.PARALLELS_CLUSTER_OUTSIDE, 1L, Long::sum);
        } else if (used.add(entry)) {
          last = Math.max(last, entry);
        } else {
          found.merge(FindingKind.PARALLELS_DUPLICATE_CLUSTER, 1L, Long::sum);
        }
        if (i >= diskClusters) {
          found.merge(FindingKind.PARALLELS_ENTRY_BEHIND_DISK, 1L, Long::sum);
        }
      }
      if (last < fileClusters - 1) {
        found.put(FindingKind.PARALLELS_TAIL_LEAK, fileClusters - 1L - last);
      }
      for (int cluster = HEADER; cluster < last; cluster++) {
        if (!used.contains(cluster)) {
          found.merge(FindingKind.PARALLELS_UNUSED_CLUSTER, 1L, Long::sum);
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
      RandomTable table = new RandomTable(random);
      CheckPasses.assertFinds(
          table.findings(),
          "seed " + seed + ", round " + round,
          options -> check(table, options),
          1,
          48,
          200);
    }
  }

  private static CheckReport check(RandomTable table, CheckOptions options) throws IOException {
    BytesImageInput content = new BytesImageInput("disk.hdd", table.file());
    return ImageCheck.of(
        new ParallelsFormat(),
        new StretchedInput(content, (long) table.fileClusters * CLUSTER),
        options);
  }
}
