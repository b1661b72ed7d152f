package io.diskimage.format.crypt;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.Mac;

/** The hashes that LUKS headers name and a JDK can compute. */
enum HashAlgorithm {
  MD5("MD5", "HmacMD5"),
  SHA1("SHA-1", "HmacSHA1"),
  SHA224("SHA-224", "HmacSHA224"),
  SHA256("SHA-256", "HmacSHA256"),
  SHA384("SHA-384", "HmacSHA384"),
  SHA512("SHA-512", "HmacSHA512");

  private final String digest;
  private final String mac;

  HashAlgorithm(String digest, String mac) {
    this.digest = digest;
    this.mac = mac;
  }

  /** By the name that a header has for it; empty if this JDK does not have it. */
  static Optional<HashAlgorithm> named(String name) {
    return Arrays.stream(values())
        .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
        .filter(HashAlgorithm::isAvailable)
        .findFirst();
  }

  private boolean isAvailable() {
    try {
      MessageDigest.getInstance(digest);
      Mac.getInstance(mac);
      return true;
    } catch (NoSuchAlgorithmException switchedOff) {
      return false;
    }
  }

  MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  Mac newMac() {
    try {
      return Mac.getInstance(mac);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
