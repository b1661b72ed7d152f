package io.diskimage.format.crypt;

import java.io.InterruptedIOException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/**
 * PBKDF2 (RFC 8018 section 5.2). The JDK's own takes characters; a passphrase and a master key are
 * bytes.
 */
final class Pbkdf2 {
  /** A HMAC pads its key with zeros, and the JDK takes no empty one. */
  private static final byte[] EMPTY_KEY = {0};

  /** How often the thread is asked whether it shall end: every few milliseconds. */
  private static final int INTERRUPTION_CHECK = 1 << 14;

  /** Shorter runs do not tell a machine's speed. */
  private static final long MEASURED_NANOS = 50_000_000;

  private Pbkdf2() {}

  /**
   * Derives a key.
   *
   * @param iterations at least 1; bounded by the caller
   * @param length bytes of the key
   * @throws InterruptedIOException if the thread is interrupted
   */
  static byte[] derive(
      HashAlgorithm hash, byte[] password, byte[] salt, long iterations, int length)
      throws InterruptedIOException {
    Mac mac = hash.newMac();
    byte[] derived = new byte[length];
    byte[] block = new byte[mac.getMacLength()];
    byte[] sum = new byte[mac.getMacLength()];
    try {
      mac.init(new SecretKeySpec(password.length == 0 ? EMPTY_KEY : password, "RAW"));
      for (int number = 1, at = 0; at < length; number++, at += sum.length) {
        mac.update(salt);
        mac.update(new byte[] {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8)});
        mac.update((byte) number);
        mac.doFinal(block, 0);
        System.arraycopy(block, 0, sum, 0, sum.length);
        for (long i = 1; i < iterations; i++) {
          requireNoInterruption(i);
          mac.update(block);
          mac.doFinal(block, 0);
          xor(sum, block);
        }
        System.arraycopy(sum, 0, derived, at, Math.min(sum.length, length - at));
      }
      return derived;
    } catch (InvalidKeyException | ShortBufferException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      Arrays.fill(block, (byte) 0);
      Arrays.fill(sum, (byte) 0);
    }
  }

  /** Iterations of a key as long as a digest that this machine does in a time, about. */
  static long iterationsIn(HashAlgorithm hash, long milliseconds) throws InterruptedIOException {
    byte[] any = new byte[hash.newMac().getMacLength()];
    long iterations = INTERRUPTION_CHECK;
    while (true) {
      long start = System.nanoTime();
      derive(hash, any, any, iterations, any.length);
      long took = System.nanoTime() - start;
      if (took >= MEASURED_NANOS) {
        return (long) ((double) iterations / took * milliseconds * 1_000_000);
      }
      iterations *= 2;
    }
  }

  private static void xor(byte[] sum, byte[] block) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] ^= block[k];
    }
  }

  private static void requireNoInterruption(long iteration) throws InterruptedIOException {
    if (iteration % INTERRUPTION_CHECK == 0 && Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("while a key was derived");
    }
  }
}
