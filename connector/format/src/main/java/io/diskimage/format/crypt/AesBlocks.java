package io.diskimage.format.crypt;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES on many blocks by one call, which the JDK does by an order faster than block after block.
 * Every key size of AES is in every JDK.
 */
final class AesBlocks {
  static final int BLOCK = 16;

  private final Cipher cipher;

  private AesBlocks(Cipher cipher) {
    this.cipher = cipher;
  }

  /** Encrypts each block by itself. */
  static AesBlocks encrypting(byte[] key, int from, int to) {
    return new AesBlocks(cipher("ECB", Cipher.ENCRYPT_MODE, key, from, to));
  }

  /** Decrypts each block by itself. */
  static AesBlocks decrypting(byte[] key, int from, int to) {
    return new AesBlocks(cipher("ECB", Cipher.DECRYPT_MODE, key, from, to));
  }

  /** Decrypts each block and adds the encrypted one before it, with zeros before the first. */
  static AesBlocks unchaining(byte[] key, int from, int to) {
    return new AesBlocks(cipher("CBC", Cipher.DECRYPT_MODE, key, from, to));
  }

  private static Cipher cipher(String mode, int direction, byte[] key, int from, int to) {
    byte[] part = Arrays.copyOfRange(key, from, to);
    try {
      Cipher cipher = Cipher.getInstance("AES/" + mode + "/NoPadding");
      SecretKeySpec secret = new SecretKeySpec(part, "AES");
      if (mode.equals("ECB")) {
        cipher.init(direction, secret);
      } else {
        cipher.init(direction, secret, new IvParameterSpec(new byte[BLOCK]));
      }
      return cipher;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      Arrays.fill(part, (byte) 0);
    }
  }

  /**
   * Transforms whole blocks from one array into another, or in place where blocks are independent.
   */
  void transform(byte[] source, int offset, int length, byte[] target, int targetOffset) {
    try {
      int done = cipher.doFinal(source, offset, length, target, targetOffset);
      if (done != length) {
        throw new IllegalStateException(done + " of " + length + " bytes");
      }
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
