package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shared places and holes, whatever memory there is to find them. */
class HostOrderTest {
  private static final int NONE = VhdBytes.NONE;
  private static final int SECTORS_OF_BLOCK = 1 + VhdBytes.BLOCK / 512;
  private static final int FIRST = VhdBytes.FIRST_BITMAP_AT / 512;
  private static final int STORED = 40;
  private static final int ENTRIES = 300;

  /** Entries at random places of a file that has room for some blocks. */
  private static int[] randomTable(Random random) {
    int[] table = new int[ENTRIES];
    for (int i = 0; i < ENTRIES; i++) {
      int block = random.nextInt(STORED);
      table[i] =
          switch (random.nextInt(8)) {
            case 0 -> FIRST + random.nextInt((STORED - 1) * SECTORS_OF_BLOCK);
            case 1, 2, 3 -> FIRST + block / 2 * 2 * SECTORS_OF_BLOCK;
            case 4 -> random.nextInt(2) == 0 ? 0 : 0x7fffffff;
            default -> NONE;
          };
    }
    return table;
  }

  private static byte[] disk(int[] table) {
    int[] last = new int[ENTRIES];
    Arrays.fill(last, NONE);
    last[0] = STORED - 1;
    byte[] file = VhdBytes.dynamic(VhdBytes.DYNAMIC, (long) ENTRIES * VhdBytes.BLOCK, last);
    ImagePatch patch = ImagePatch.bigEndian(VhdBytes.full(file));
    for (int i = 0; i < ENTRIES; i++) {
      patch.u32(VhdBytes.TABLE_AT + 4 * i, table[i]);
    }
    return file;
  }

  private static CheckReport check(byte[] file, long budget, int maxFindings) throws IOException {
    return VhdChecks.check(
        file,
        CheckOptions.of(CheckLevel.METADATA).withMemoryBudget(budget).withMaxFindings(maxFindings));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 8, 17, 200, 1000})
  void littleMemoryChangesNothing(long budget) throws IOException {
    for (int round = 0; round < 5; round++) {
      long seed = System.nanoTime();
      byte[] file = disk(randomTable(new Random(seed)));
      for (int maxFindings : new int[] {0, 3, 1000}) {
        CheckReport atOnce = check(file, 1 << 20, maxFindings);
        CheckReport inPasses = check(file, budget, maxFindings);
        assertThat(inPasses.findings()).as("seed " + seed).isEqualTo(atOnce.findings());
        assertThat(inPasses.counters()).as("seed " + seed).isEqualTo(atOnce.counters());
        assertThat(inPasses.reclaimableBytes()).isEqualTo(atOnce.reclaimableBytes());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 1 << 20})
  void countsAsAListOfPlacesDoes(long budget) throws IOException {
    for (int round = 0; round < 20; round++) {
      long seed = System.nanoTime();
      int[] table = randomTable(new Random(seed));
      TreeMap<Integer, Integer> places = new TreeMap<>();
      for (int entry : table) {
        if (entry != NONE && entry != 0 && entry != 0x7fffffff) {
          places.merge(entry, 1, Integer::sum);
        }
      }
      long duplicates = 0;
      long overlaps = 0;
      long holes = 0;
      int end = -1;
      for (var place : places.entrySet()) {
        duplicates += place.getValue() - 1;
        int gap = place.getKey() - end;
        overlaps += end >= 0 && gap < 0 ? 1 : 0;
        holes += end >= 0 && gap >= 8 ? (gap + SECTORS_OF_BLOCK - 1) / SECTORS_OF_BLOCK : 0;
        end = place.getKey() + SECTORS_OF_BLOCK;
      }
      CheckReport report = check(disk(table), budget, 1000);
      assertThat(count(report, FindingKind.VHD_BLOCK_DUPLICATE))
          .as("seed " + seed)
          .isEqualTo(duplicates);
      assertThat(count(report, FindingKind.VHD_BLOCK_OVERLAP))
          .as("seed " + seed)
          .isEqualTo(overlaps);
      // In random tables the first place is near the start: no hole before it but a whole block.
      assertThat(count(report, FindingKind.VHD_HOLE) - holeAtStart(places.firstKey()))
          .as("seed " + seed)
          .isEqualTo(holes);
    }
  }

  /** The table ends at byte 1536 + 1200, and with its sector at 3072. */
  private static long holeAtStart(int first) {
    long free = first * 512L - 3072;
    long unit = SECTORS_OF_BLOCK * 512L;
    return free < unit ? 0 : (free + unit - 1) / unit;
  }

  private static long count(CheckReport report, FindingKind kind) {
    return report.findings().stream()
        .filter(finding -> finding.kind() == kind)
        .mapToLong(Finding::count)
        .sum();
  }
}
