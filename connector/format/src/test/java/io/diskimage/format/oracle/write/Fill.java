package io.diskimage.format.oracle.write;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * What a request writes, so that {@code qemu-io} can write the same.
 *
 * @param pattern a byte from 0 to 255, or -1 minus the number of a noise
 */
record Fill(int pattern) {
  /** Some compress by a quarter, the others not at all. */
  private static final int NOISES = 8;

  /** No multiple of anything, and more than a cluster has as a rule. */
  private static final int NOISE_BYTES = 70_001;

  private static final byte[][] NOISE = new byte[NOISES][];

  static {
    for (int i = 0; i < NOISES; i++) {
      NOISE[i] = new byte[NOISE_BYTES];
      new Random(i).nextBytes(NOISE[i]);
      for (int at = 0; at < NOISE_BYTES && i % 2 == 0; at++) {
        NOISE[i][at] &= 0x3f;
      }
    }
  }

  static Fill random(Random random) {
    return new Fill(random.nextInt(3) == 0 ? 1 + random.nextInt(255) : -1 - random.nextInt(NOISES));
  }

  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    if (pattern >= 0) {
      Arrays.fill(bytes, (byte) pattern);
      return bytes;
    }
    byte[] noise = NOISE[-1 - pattern];
    for (int at = 0; at < length; at += noise.length) {
      System.arraycopy(noise, 0, bytes, at, Math.min(noise.length, length - at));
    }
    return bytes;
  }

  /**
   * The same for {@code qemu-io}.
   *
   * @param noises directory of {@link #writeNoises}
   */
  String argument(Path noises) {
    return pattern >= 0 ? "-P " + pattern : "-s " + noises.resolve("noise" + (-1 - pattern));
  }

  /** Puts files there that {@code qemu-io} takes noise from. */
  static void writeNoises(Path directory) {
    try {
      for (int i = 0; i < NOISES; i++) {
        Files.write(directory.resolve("noise" + i), NOISE[i]);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
