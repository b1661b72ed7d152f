package io.diskimage.format.vhd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.BytesImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Verdict;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any field damaged, files cut and lengthened: a check always comes to a report. */
class MutatedVhdTest {
  private static final int NONE = VhdBytes.NONE;
  private static final long[] EXTREMES = {
    0,
    1,
    2,
    511,
    512,
    1024,
    1536,
    4096,
    65536,
    0x7fffffff,
    0x80000000L,
    0xffffffffL,
    -1,
    -512,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1L << 40,
    0xff000000L * 512
  };

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private byte[] mutant(int type) {
    int[] table = {0, NONE, 2, 1, NONE, NONE, 3, NONE};
    byte[] file =
        type == VhdBytes.FIXED
            ? VhdBytes.fixed(8 * VhdBytes.BLOCK)
            : VhdBytes.full(VhdBytes.dynamic(type, 8L * VhdBytes.BLOCK, table));
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      change(file);
    }
    if (random.nextInt(3) > 0) {
      VhdBytes.sign(file);
      VhdBytes.signTail(file);
    }
    return switch (random.nextInt(8)) {
      case 0 -> Arrays.copyOf(file, random.nextInt(file.length));
      case 1 -> Arrays.copyOf(file, file.length + 1 + random.nextInt(1 << 17));
      default -> file;
    };
  }

  private void change(byte[] file) {
    ImagePatch patch = ImagePatch.bigEndian(file);
    long value =
        random.nextInt(3) == 0 ? random.nextLong() : EXTREMES[random.nextInt(EXTREMES.length)];
    int at =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(2560);
          case 1 -> file.length - 512 + random.nextInt(504);
          case 2 -> VhdBytes.TABLE_AT + 4 * random.nextInt(8);
          default ->
              512 + new int[] {16, 24, 28, 32, 40, 64, 576, 580, 584, 592}[random.nextInt(10)];
        };
    switch (random.nextInt(3)) {
      case 0 -> patch.u8(at, (int) value);
      case 1 -> patch.u32(at, value);
      default -> patch.u64(at, value);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {VhdBytes.FIXED, VhdBytes.DYNAMIC, VhdBytes.DIFFERENCING})
  void whatOpeningRefusesIsFoundCorrupt(int type) throws IOException {
    for (int round = 0; round < 500; round++) {
      byte[] file = mutant(type);
      String what = "seed " + seed + ", type " + type + ", round " + round;
      CheckReport report = VhdChecks.check(file, CheckLevel.FULL);
      IOException refusal = refusal(file);
      if (refusal instanceof NotAnImageException && report.error() != null) {
        assertThat(report.error()).as(what).hasMessage(refusal.getMessage());
      } else {
        assertThat(report.error()).as(what).isNull();
        if (refusal != null) {
          assertThat(report.verdict())
              .as(what + ": " + refusal.getMessage())
              .isEqualTo(Verdict.CORRUPT);
        }
      }
      CheckReport inPasses =
          VhdChecks.check(file, CheckOptions.of(CheckLevel.FULL).withMemoryBudget(16));
      assertThat(inPasses.findings()).as(what).isEqualTo(report.findings());
      assertThat(inPasses.counters()).as(what).isEqualTo(report.counters());
    }
  }

  private static IOException refusal(byte[] file) {
    try {
      new VhdFormat()
          .open(new BytesImageInput("disk.vhd", file), OpenOptions.of(Purpose.INFO))
          .close();
      return null;
    } catch (IOException refused) {
      return refused;
    }
  }
}
