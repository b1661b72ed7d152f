package io.diskimage.format.oracle.damage;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.hostile.Ordeal;
import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.damage.Mutator.Mutant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Images changed in one to four places that matter stand the {@link Ordeal}. {@code
 * -Ddiskimage.mutants=N} sets how many there are of each driver, {@code -Ddiskimage.seed=N} repeats
 * a run, and with it {@code -Ddiskimage.mutants.only=I} one mutant of each driver.
 */
class MutantTest {
  private static final long SEED = ImageMatrix.seed();
  private static final int MUTANTS = Integer.getInteger("diskimage.mutants", 1200);
  private static final Integer ONLY = Integer.getInteger("diskimage.mutants.only");
  private static final int KEYS_WAIT = 16;
  private static final int MOST_FAILURES = 10;
  private static final Path KEPT = Path.of("target", "mutants");

  static final List<String> FORMATS = MutantSeeds.FORMATS;

  @BeforeAll
  static void printSeed() {
    System.out.println("mutants: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
  }

  /** What came of the mutants of one driver. */
  private static final class Tally {
    private final List<AssertionError> failures = new ArrayList<>();
    private int mutants;
    private int opened;
    private long cpuNanos;
    private long longest;
    private long allocated;

    private void add(Ordeal.Cost cost) {
      mutants++;
      opened += cost.opened() > 0 ? 1 : 0;
      cpuNanos += cost.cpuNanos();
      longest = Math.max(longest, cost.cpuNanos());
      allocated = Math.max(allocated, cost.allocated());
    }

    @Override
    public String toString() {
      return "%d mutants, of which %d opened; %d s of CPU; at most %d ms and %d KiB for one"
          .formatted(
              mutants, opened, cpuNanos / 1_000_000_000, longest / 1_000_000, allocated >> 10);
    }
  }

  @ParameterizedTest
  @FieldSource("FORMATS")
  void endInAResultOrATypedException(String format, @TempDir Path directory) throws IOException {
    List<Mutator> seeds = MutantSeeds.of(format, directory);
    for (Mutator seed : seeds) {
      // INFO and READ; some images are not to be checked.
      assertThat(Ordeal.of(seed.format(), input(seed, seed.bytes())).opened())
          .as("purposes that %s in good order opens for", seed.name())
          .isGreaterThanOrEqualTo(2);
    }
    Tally tally = new Tally();
    int first = ONLY == null ? 0 : ONLY;
    int end = ONLY == null ? MUTANTS : ONLY + 1;
    for (int i = first; i < end && tally.failures.size() < MOST_FAILURES; i++) {
      attempt(seed(seeds, i), i, tally);
    }
    System.out.println(format + ": " + tally);
    assertThat(tally.failures).isEmpty();
    if (ONLY == null) {
      assertThat(tally.opened).as("mutants that are not refused at once").isPositive();
    }
  }

  /** The seeds in turn; one that derives a key only now and then, as that takes longest. */
  private static Mutator seed(List<Mutator> seeds, int number) {
    Mutator next = seeds.get(number % seeds.size());
    boolean waits = next.derivesKey() && number / seeds.size() % KEYS_WAIT != 0;
    return waits ? seeds.get((number + 1) % seeds.size()) : next;
  }

  private static void attempt(Mutator seed, int number, Tally tally) throws IOException {
    Mutant mutant = seed.mutate(new Random(SEED * 1_000_003 + number));
    try {
      tally.add(Ordeal.of(seed.format(), input(seed, mutant.bytes())));
    } catch (AssertionError failure) {
      Files.createDirectories(KEPT);
      Path kept = KEPT.resolve(seed.format().name() + "-" + SEED + "-" + number);
      mutant.bytes().writeTo(kept);
      tally.failures.add(
          new AssertionError(
              "%s, %s with %s: %s"
                  .formatted(kept, seed.name(), mutant.changes(), failure.getMessage()),
              failure));
    }
  }

  private static PagesInput input(Mutator seed, ImageBytes bytes) {
    boolean descriptor = seed instanceof DescriptorMutator;
    return new PagesInput("/vm/" + (descriptor ? "DiskDescriptor.xml" : "mutant"), bytes);
  }
}
