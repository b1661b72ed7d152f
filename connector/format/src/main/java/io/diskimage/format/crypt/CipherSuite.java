package io.diskimage.format.crypt;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * How the sectors of a volume are encrypted by AES, whatever the key.
 *
 * @param mode of operation
 * @param vectors how those of sectors are made
 * @param vectorHash of {@link Vectors#ESSIV}, else null
 */
record CipherSuite(Mode mode, Vectors vectors, HashAlgorithm vectorHash) {

  /** Mode of operation. */
  enum Mode {
    ECB,
    CBC,
    CTR,
    XTS
  }

  /** How the vector of a sector is made of its number. */
  enum Vectors {
    PLAIN,
    PLAIN64,
    ESSIV
  }

  /** What decrypts sectors by a key of the suite's length; one per thread. */
  SectorDecryption decryption(byte[] key) {
    AesSectors sectors =
        switch (mode) {
          case ECB -> new EcbSectors(AesBlocks.decrypting(key, 0, key.length));
          case CBC -> new CbcSectors(key, vectors(key));
          case CTR -> new CtrSectors(key, vectors(key));
          case XTS -> XtsSectors.decrypting(key, vectors(key));
        };
    return sectors::transform;
  }

  /** What encrypts sectors by a key of the suite's length; one per thread. */
  SectorEncryption encryption(byte[] key) {
    AesSectors sectors =
        switch (mode) {
          case ECB -> new EcbSectors(AesBlocks.encrypting(key, 0, key.length));
          case CBC -> new CbcEncryption(key, vectors(key));
          case CTR -> new CtrSectors(key, vectors(key));
          case XTS -> XtsSectors.encrypting(key, vectors(key));
        };
    return sectors::transform;
  }

  private SectorIv vectors(byte[] key) {
    return switch (vectors) {
      case PLAIN -> SectorIv.plain();
      case PLAIN64 -> SectorIv.plain64();
      case ESSIV -> {
        MessageDigest hash = vectorHash.newDigest();
        byte[] salt = hash.digest(key);
        try {
          yield SectorIv.essiv(salt);
        } finally {
          Arrays.fill(salt, (byte) 0);
        }
      }
    };
  }
}
