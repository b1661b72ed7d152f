package io.diskimage.format.oracle.damage;

import io.diskimage.format.ImageFormat;
import java.util.List;
import java.util.Random;

/** An image in good order that mutants are made of. */
interface Mutator {
  /** Driver of the image. */
  ImageFormat format();

  /** What the image is, in a few words. */
  String name();

  /** Its file. */
  ImageBytes bytes();

  /** Whether reading it takes thousands of rounds for a key. */
  default boolean derivesKey() {
    return false;
  }

  /** A copy with one to four changes; the same for the same numbers drawn. */
  Mutant mutate(Random random);

  /**
   * A changed image.
   *
   * @param changes what was done, in order
   */
  record Mutant(ImageBytes bytes, List<String> changes) {
    public Mutant {
      changes = List.copyOf(changes);
    }
  }
}
