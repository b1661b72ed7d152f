package io.diskimage.format.crypt;

import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.crypt.CipherSuite.Mode;
import io.diskimage.format.crypt.CipherSuite.Vectors;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/**
 * Finds the suite that a LUKS1 header names; refuses, in QEMU's words, what it or the JDK cannot
 * do.
 */
final class CipherNames {
  private static final Set<Long> AES_KEYS = Set.of(16L, 24L, 32L);

  private final LuksArea area;
  private final LuksHeader header;

  CipherNames(LuksArea area, LuksHeader header) {
    this.area = area;
    this.header = header;
  }

  /** The hash of key derivations. */
  HashAlgorithm hash() throws UnsupportedImageException {
    return hash(header.hash(), LuksHeader.HASH_AT);
  }

  /** Of {@code MODE-VECTORS[:HASH]}; the key's length is right for it. */
  CipherSuite suite() throws UnsupportedImageException {
    String names = header.mode();
    int dash = names.indexOf('-');
    if (dash < 0) {
      throw refusal(LuksHeader.MODE_AT, "Unexpected cipher mode string format '" + names + "'");
    }
    int colon = names.indexOf(':', dash);
    HashAlgorithm hash = colon < 0 ? null : hash(names.substring(colon + 1), LuksHeader.MODE_AT);
    Mode mode = named(Mode.values(), names.substring(0, dash));
    if (mode == null) {
      throw refusal(
          LuksHeader.MODE_AT, "Cipher mode '" + names.substring(0, dash) + "' not supported");
    }
    requireAes(mode);
    String vectorName = names.substring(dash + 1, colon < 0 ? names.length() : colon);
    Vectors vectors = named(Vectors.values(), vectorName);
    if (vectors == null) {
      throw refusal(LuksHeader.MODE_AT, "IV generator '" + vectorName + "' not supported");
    }
    if (vectors == Vectors.ESSIV) {
      requireKeyOfVectors(hash);
    }
    return new CipherSuite(mode, vectors, hash);
  }

  /** XTS takes two keys. */
  private void requireAes(Mode mode) throws UnsupportedImageException {
    boolean two = mode == Mode.XTS;
    long size = two ? header.keyBytes() / 2 : header.keyBytes();
    boolean whole = !two || header.keyBytes() % 2 == 0;
    if (!header.cipher().equals("aes") || !whole || !AES_KEYS.contains(size)) {
      throw refusal(
          LuksHeader.CIPHER_AT,
          "Algorithm '" + header.cipher() + "' with key size " + size + " bytes not supported");
    }
  }

  /** The digest of the key is itself a key. */
  private void requireKeyOfVectors(HashAlgorithm hash) throws UnsupportedImageException {
    if (hash == null) {
      throw refusal(LuksHeader.MODE_AT, "Missing IV generator hash specification");
    }
    long size = hash.newDigest().getDigestLength();
    if (!AES_KEYS.contains(size)) {
      throw refusal(LuksHeader.MODE_AT, "No AES cipher with key size " + size + " available");
    }
  }

  private HashAlgorithm hash(String name, int at) throws UnsupportedImageException {
    return HashAlgorithm.named(name)
        .orElseThrow(() -> refusal(at, "Hash algorithm '" + name + "' not supported"));
  }

  private static <E extends Enum<E>> E named(E[] values, String name) {
    return Arrays.stream(values)
        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElse(null);
  }

  private UnsupportedImageException refusal(int at, String detail) {
    return new UnsupportedImageException(area.input().location(), area.hostOffset(at), detail);
  }
}
