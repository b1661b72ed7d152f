package io.diskimage.examples;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.apache.spark.sql.api.java.UDF1;

/**
 * SHA-256 of a block; no bytes at all for a block of zeros, which is much quicker to tell than to
 * hash. Null for null.
 */
final class BlockDigest implements UDF1<byte[], byte[]> {
  private static final long serialVersionUID = 1L;

  /** The digest of every block of zeros. */
  private static final byte[] ZERO = {};

  private static final byte[] ZEROS = new byte[1 << 16];

  @Override
  public byte[] call(byte[] block) {
    if (block == null) {
      return null;
    }
    return isZero(block) ? ZERO : sha256().digest(block);
  }

  private static boolean isZero(byte[] block) {
    for (int from = 0; from < block.length; from += ZEROS.length) {
      int to = Math.min(block.length, from + ZEROS.length);
      if (!Arrays.equals(block, from, to, ZEROS, 0, to - from)) {
        return false;
      }
    }
    return true;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
