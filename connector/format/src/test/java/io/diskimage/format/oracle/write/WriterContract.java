package io.diskimage.format.oracle.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every driver that writes must hold; a subclass per driver names its profile. {@code
 * -Ddiskimage.pairs}, {@code .histories}, {@code .cuts}, {@code .faults} and {@code .kills} set how
 * much is tried of each, {@code -Ddiskimage.seed=N} repeats a run, and with it {@code
 * -Ddiskimage.only=I} one case.
 */
public abstract class WriterContract {
  private static final int PAIRS = Integer.getInteger("diskimage.pairs", 60);
  private static final int HISTORIES = Integer.getInteger("diskimage.histories", 200);
  private static final int CUTS = Integer.getInteger("diskimage.cuts", 1000);
  private static final int FAULTS = Integer.getInteger("diskimage.faults", 400);
  private static final int KILLS = Integer.getInteger("diskimage.kills", 3);
  private static final int FAULTS_OF_A_HISTORY = 8;

  @TempDir Path directory;

  private final WriterProfile profile;

  /** The contract of a driver. */
  protected WriterContract(WriterProfile profile) {
    this.profile = profile;
  }

  @Test
  void createsWhatQemuCreates() throws IOException {
    QemuImg.requireOrSkip();
    CreateOracle oracle = new CreateOracle(profile, directory);
    for (CreateCase created : profile.createMatrix()) {
      oracle.requireSameBytes(created);
    }
  }

  @Test
  void refusesToCreateWhatQemuRefuses() throws IOException {
    QemuImg.requireOrSkip();
    CreateOracle oracle = new CreateOracle(profile, directory);
    for (CreateCase created : profile.refusedCases()) {
      oracle.requireRefused(created);
    }
  }

  @Test
  void takesWhatQemuTakes() throws IOException {
    QemuImg.requireOrSkip();
    CreateOracle oracle = new CreateOracle(profile, directory);
    List<CreateCase> pairs = profile.optionPairs(directory);
    int count = Math.min(PAIRS, pairs.size());
    Seeds.each(
        "option pairs of " + profile.format(),
        count,
        (number, random) -> {
          int pair = count == pairs.size() ? number : random.nextInt(pairs.size());
          oracle.requireSameAnswer(pairs.get(pair));
        });
  }

  @Test
  void writesAsQemuDoes() throws Exception {
    QemuImg.requireOrSkip();
    WriterOracle oracle = new WriterOracle(profile, directory);
    Seeds.each(
        "histories of " + profile.format(), HISTORIES, (number, random) -> oracle.attempt(random));
  }

  @Test
  void keepsWhatWasFlushedInACrash() throws Exception {
    CrashOracle oracle = new CrashOracle(profile, directory);
    Seeds.each(
        "crashes of " + profile.format(),
        () -> oracle.cuts() < CUTS,
        (number, random) -> oracle.attempt(random));
    System.out.println("crashes of " + profile.format() + ": " + oracle.cuts());
  }

  @Test
  void staysSoundWhenWritesFail() throws Exception {
    FaultOracle oracle = new FaultOracle(profile, directory);
    int[] met = {0};
    Seeds.each(
        "faults of " + profile.format(),
        () -> met[0] < FAULTS,
        (number, random) -> met[0] += oracle.attempt(random, FAULTS_OF_A_HISTORY));
    assertThat(met[0]).isPositive();
  }

  @Test
  void keepsWhatWasFlushedWhenItIsKilled() throws Exception {
    KilledWriter oracle = new KilledWriter(profile, directory);
    Seeds.each("kills of " + profile.format(), KILLS, (number, random) -> oracle.attempt(random));
  }
}
