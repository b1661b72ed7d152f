package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.LocalImageInput;
import io.diskimage.format.check.CheckCounters;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.QemuImg.MapRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What qemu-img makes and qemu-io writes to is sound, and counted as qemu-img maps it. */
class SoundVhdTest {
  private static final long BLOCK = 2 << 20;
  private static final int HISTORIES = 6;

  @TempDir private Path folder;

  @BeforeEach
  void needsTheOracle() {
    QemuImg.requireOrSkip();
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "'', 512",
    "'', 1M",
    "'', 143M",
    "'', 40G",
    "'', 127G",
    "'', 2040G",
    "force_size=on, 5000192",
    "force_size=on, 2040G",
    "subformat=fixed, 512",
    "subformat=fixed, 1000000",
    "subformat=fixed, 143M",
    "'subformat=fixed,force_size=on', 5000192"
  })
  void aNewDiskIsSound(String options, String size) throws IOException {
    Path image = folder.resolve("disk.vhd");
    QemuImg.create("vpc", options, image, size);
    assertSound(image, CheckLevel.METADATA, options + " " + size);
  }

  @ParameterizedTest
  @CsvSource({"'', 70M", "'', 3G", "force_size=on, 9999872", "subformat=fixed, 12345k"})
  void aUsedDiskIsSound(String options, String size) throws IOException {
    for (int history = 0; history < HISTORIES; history++) {
      long seed = System.nanoTime();
      Path image = folder.resolve("disk" + history + ".vhd");
      QemuImg.create("vpc", options, image, size);
      long virtualSize = QemuImg.info("vpc", image).get("virtual-size").longValue();
      QemuImg.io("vpc", image, writes(new Random(seed), virtualSize));
      CheckReport report =
          assertSound(image, CheckLevel.FULL, options + " " + size + ", seed " + seed);
      if (!options.contains("fixed")) {
        assertCounted(report.counters(), image, virtualSize, "seed " + seed);
      }
    }
  }

  private static List<String> writes(Random random, long virtualSize) {
    List<String> commands = new ArrayList<>();
    int count = 1 + random.nextInt(10);
    for (int i = 0; i < count; i++) {
      long length = 1 + (long) (random.nextDouble() * Math.min(virtualSize, 3 * BLOCK));
      long offset = (long) (random.nextDouble() * (virtualSize - length + 1));
      String command =
          switch (random.nextInt(4)) {
            case 0 -> "write -z ";
            case 1 -> "discard ";
            default -> "write -P " + (1 + random.nextInt(255)) + " ";
          };
      commands.add(command + offset + " " + length);
    }
    return commands;
  }

  private static CheckReport assertSound(Path image, CheckLevel level, String what)
      throws IOException {
    FileTime before = Files.getLastModifiedTime(image);
    CheckReport report;
    try (LocalImageInput input = LocalImageInput.open(image)) {
      report = VhdChecks.check(input, CheckOptions.of(level));
    }
    assertThat(Files.getLastModifiedTime(image)).as(what).isEqualTo(before);
    assertThat(report.verdict()).as(what).isEqualTo(Verdict.CLEAN);
    assertThat(VhdChecks.kinds(report))
        .as(what)
        .allMatch(kind -> kind == FindingKind.VHD_NOT_AZURE_READY);
    assertThat(report.counters().imageEndOffset()).as(what).isEqualTo(Files.size(image));
    return report;
  }

  private static void assertCounted(
      CheckCounters counters, Path image, long virtualSize, String what) {
    assertThat(counters.totalClusters()).as(what).isEqualTo((virtualSize + BLOCK - 1) / BLOCK);
    long allocated = 0;
    long fragmented = 0;
    MapRun previous = null;
    // Stored blocks are runs of their own, as their bitmaps lie between their data.
    for (MapRun run : QemuImg.map("vpc", image)) {
      if (run.data()) {
        allocated++;
        boolean follows =
            previous != null
                && previous.data()
                && run.offset() == previous.offset() + previous.length() + 512;
        fragmented += previous == null || !previous.data() || follows ? 0 : 1;
      }
      previous = run;
    }
    assertThat(counters.allocatedClusters()).as(what).isEqualTo(allocated);
    assertThat(counters.fragmentedClusters()).as(what).isEqualTo(fragmented);
  }
}
