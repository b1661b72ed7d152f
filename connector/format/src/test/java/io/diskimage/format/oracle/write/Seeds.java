package io.diskimage.format.oracle.write;

import io.diskimage.format.oracle.ImageMatrix;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * The cases of a test at random, by their numbers: {@code -Ddiskimage.seed=N} repeats a run, and
 * {@code -Ddiskimage.only=I} one case of it.
 */
final class Seeds {
  private static final long SEED = ImageMatrix.seed();
  private static final Integer ONLY = Integer.getInteger("diskimage.only");

  private Seeds() {}

  /** Something that is tried by many cases. */
  @FunctionalInterface
  interface Attempt {
    void at(int number, Random random) throws Exception;
  }

  /**
   * Runs cases until one fails.
   *
   * @param what of which driver, for the message
   */
  static void each(String what, int count, Attempt attempt) {
    int[] done = {0};
    each(
        what,
        () -> done[0] < count,
        (number, random) -> {
          attempt.at(number, random);
          done[0]++;
        });
  }

  /** As above, as long as something holds. */
  static void each(String what, BooleanSupplier goesOn, Attempt attempt) {
    System.out.println(what + ": -Ddiskimage.seed=" + SEED);
    if (ONLY != null) {
      attempt(what, ONLY, attempt);
      return;
    }
    for (int i = 0; goesOn.getAsBoolean(); i++) {
      attempt(what, i, attempt);
    }
  }

  private static void attempt(String what, int number, Attempt attempt) {
    try {
      attempt.at(number, random(what, number));
    } catch (Exception | AssertionError failure) {
      throw new AssertionError(
          "%s: -Ddiskimage.seed=%d -Ddiskimage.only=%d: %s"
              .formatted(what, SEED, number, failure.getMessage()),
          failure);
    }
  }

  private static Random random(String what, int number) {
    return new Random(SEED * 1_000_003 + number * 31L + what.hashCode());
  }
}
