package io.diskimage.format.crypt;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The anti-forensic splitter of LUKS1: a key is spread over many stripes, of which each is needed
 * to get it back (qcow2.md section 1.9, "anti-forensic merge").
 */
final class AntiForensic {
  private AntiForensic() {}

  /**
   * Merges stripes.
   *
   * @param material {@code stripes} times the key's length
   * @return the key
   */
  static byte[] merge(MessageDigest hash, byte[] material, int keyBytes, int stripes) {
    byte[] key = new byte[keyBytes];
    for (int stripe = 0; stripe < stripes; stripe++) {
      if (stripe > 0) {
        diffuse(hash, key);
      }
      for (int k = 0; k < keyBytes; k++) {
        key[k] ^= material[stripe * keyBytes + k];
      }
    }
    return key;
  }

  /**
   * Splits a key, so that {@link #merge} gives it back.
   *
   * @param random gives all stripes but the last
   * @return {@code stripes} times the key's length
   */
  static byte[] split(MessageDigest hash, byte[] key, int stripes, SecureRandom random) {
    byte[] material = new byte[key.length * stripes];
    random.nextBytes(material);
    Arrays.fill(material, material.length - key.length, material.length, (byte) 0);
    byte[] merged = merge(hash, material, key.length, stripes);
    for (int k = 0; k < key.length; k++) {
      material[material.length - key.length + k] = (byte) (merged[k] ^ key[k]);
    }
    Arrays.fill(merged, (byte) 0);
    return material;
  }

  /** Replaces each piece as long as a digest by the digest of its number and itself. */
  private static void diffuse(MessageDigest hash, byte[] key) {
    byte[] digest = new byte[hash.getDigestLength()];
    try {
      for (int number = 0, at = 0; at < key.length; number++, at += digest.length) {
        int length = Math.min(digest.length, key.length - at);
        hash.update(new byte[] {0, 0, 0, (byte) number});
        hash.update(key, at, length);
        hash.digest(digest, 0, digest.length);
        System.arraycopy(digest, 0, key, at, length);
      }
    } catch (DigestException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      Arrays.fill(digest, (byte) 0);
    }
  }
}
