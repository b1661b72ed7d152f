package io.diskimage.spark.benchmark;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * Bytes that compress about as the files of a system do, to a half: in turn 16 KiB of text, of
 * records, of random bytes, of text again and of zeros. Text is words of which a few are frequent
 * and most are rare; records are numbers of 8 bytes that grow by small steps. No cluster of 64 KiB
 * is all zeros, which no one would compress.
 */
final class MixedBytes {
  private static final int PIECE = 16 << 10;
  private static final int WORDS = 20_000;

  private final Random random;
  private final byte[][] words = new byte[WORDS][];
  private long number;

  MixedBytes(long seed) {
    random = new Random(seed);
    for (int i = 0; i < WORDS; i++) {
      StringBuilder word = new StringBuilder();
      int length = 2 + random.nextInt(9);
      for (int j = 0; j < length; j++) {
        word.append((char) ('a' + Math.min(random.nextInt(26), random.nextInt(26))));
      }
      words[i] = word.append(' ').toString().getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** Fills an array, which begins with text. */
  void next(byte[] target) {
    for (int at = 0; at < target.length; at += PIECE) {
      int end = Math.min(target.length, at + PIECE);
      switch (at / PIECE % 5) {
        case 0, 3 -> text(target, at, end);
        case 1 -> records(target, at, end);
        case 2 -> randomBytes(target, at, end);
        default -> Arrays.fill(target, at, end, (byte) 0);
      }
    }
  }

  private void text(byte[] target, int from, int to) {
    int at = from;
    while (at < to) {
      // The n-th word comes about in proportion to 1/n.
      byte[] word = words[(int) Math.pow(WORDS, random.nextDouble()) - 1];
      int length = Math.min(word.length, to - at);
      System.arraycopy(word, 0, target, at, length);
      at += length;
    }
  }

  private void records(byte[] target, int from, int to) {
    for (int at = from; at < to; at++) {
      if (at % Long.BYTES == 0) {
        number += random.nextInt(1000);
      }
      target[at] = (byte) (number >>> (at % Long.BYTES * Byte.SIZE));
    }
  }

  private void randomBytes(byte[] target, int from, int to) {
    byte[] bytes = new byte[to - from];
    random.nextBytes(bytes);
    System.arraycopy(bytes, 0, target, from, bytes.length);
  }
}
