package io.diskimage.format.crypt;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.crypt.CipherSuite.Mode;
import io.diskimage.format.crypt.CipherSuite.Vectors;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Many sectors at once are decrypted to what they are encrypted from here, one by one and as the
 * modes are defined.
 */
class AesSectorsTest {
  private static final int SECTOR = 512;
  private static final int BLOCK = 16;

  static List<CipherSuite> suites() {
    List<CipherSuite> suites = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      suites.add(new CipherSuite(mode, Vectors.PLAIN, null));
      suites.add(new CipherSuite(mode, Vectors.PLAIN64, null));
      suites.add(new CipherSuite(mode, Vectors.ESSIV, HashAlgorithm.SHA256));
      suites.add(new CipherSuite(mode, Vectors.ESSIV, HashAlgorithm.MD5));
    }
    return suites;
  }

  @ParameterizedTest
  @MethodSource("suites")
  void decryptsRunsOfSectorsWhereverTheyLie(CipherSuite suite) throws GeneralSecurityException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int keyBytes : new int[] {16, 24, 32}) {
      byte[] key =
          ImagePatch.content(random.nextInt(), suite.mode() == Mode.XTS ? 2 * keyBytes : keyBytes);
      SectorDecryption decryption = suite.decryption(key);
      for (int sectors : new int[] {1, 2, 63, 64, 65, 200}) {
        // Beyond 32 bits, where "plain" begins anew.
        long first = random.nextInt(4) * 0x8000_0000L + 0x7fff_ffd0L;
        int lead = 1 + random.nextInt(40);
        byte[] plain = ImagePatch.content(random.nextInt(), sectors * SECTOR);
        byte[] bytes = new byte[lead + plain.length + 7];
        for (int i = 0; i < sectors; i++) {
          byte[] sector = Arrays.copyOfRange(plain, i * SECTOR, (i + 1) * SECTOR);
          System.arraycopy(
              encrypt(suite, key, sector, first + i), 0, bytes, lead + i * SECTOR, SECTOR);
        }
        decryption.decrypt(bytes, lead, plain.length, first);
        assertThat(Arrays.copyOfRange(bytes, lead, lead + plain.length))
            .as("%d sectors from %d, key of %d, seed %d", sectors, first, keyBytes, seed)
            .isEqualTo(plain);
        assertThat(Arrays.copyOf(bytes, lead)).containsOnly(0);
        assertThat(Arrays.copyOfRange(bytes, lead + plain.length, bytes.length)).containsOnly(0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("suites")
  void encryptsRunsOfSectorsAsEachByItself(CipherSuite suite) throws GeneralSecurityException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] key = ImagePatch.content(random.nextInt(), suite.mode() == Mode.XTS ? 64 : 32);
    SectorEncryption encryption = suite.encryption(key);
    for (int sectors : new int[] {1, 63, 64, 65, 200}) {
      long first = random.nextInt(4) * 0x8000_0000L + 0x7fff_ffd0L;
      byte[] plain = ImagePatch.content(random.nextInt(), sectors * SECTOR);
      byte[] bytes = new byte[3 + plain.length + 5];
      System.arraycopy(plain, 0, bytes, 3, plain.length);
      encryption.encrypt(bytes, 3, plain.length, first);
      for (int i = 0; i < sectors; i++) {
        byte[] sector = Arrays.copyOfRange(plain, i * SECTOR, (i + 1) * SECTOR);
        assertThat(Arrays.copyOfRange(bytes, 3 + i * SECTOR, 3 + (i + 1) * SECTOR))
            .as("sector %d of %d from %d, seed %d", i, sectors, first, seed)
            .isEqualTo(encrypt(suite, key, sector, first + i));
      }
      assertThat(Arrays.copyOf(bytes, 3)).containsOnly(0);
      assertThat(Arrays.copyOfRange(bytes, 3 + plain.length, bytes.length)).containsOnly(0);
    }
  }

  private static byte[] encrypt(CipherSuite suite, byte[] key, byte[] sector, long number)
      throws GeneralSecurityException {
    byte[] vector = vector(suite, key, number);
    return switch (suite.mode()) {
      case ECB -> aes("ECB", key, null, sector);
      case CBC -> aes("CBC", key, vector, sector);
      case CTR -> aes("CTR", key, vector, sector);
      case XTS -> xts(key, vector, sector);
    };
  }

  private static byte[] vector(CipherSuite suite, byte[] key, long number)
      throws GeneralSecurityException {
    long used = suite.vectors() == Vectors.PLAIN ? number % (1L << 32) : number;
    byte[] vector = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN).putLong(used).array();
    if (suite.vectors() != Vectors.ESSIV) {
      return vector;
    }
    String hash = suite.vectorHash() == HashAlgorithm.MD5 ? "MD5" : "SHA-256";
    return aes("ECB", MessageDigest.getInstance(hash).digest(key), null, vector);
  }

  private static byte[] aes(String mode, byte[] key, byte[] vector, byte[] bytes)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/" + mode + "/NoPadding");
    SecretKeySpec secret = new SecretKeySpec(key, "AES");
    if (vector == null) {
      cipher.init(Cipher.ENCRYPT_MODE, secret);
    } else {
      cipher.init(Cipher.ENCRYPT_MODE, secret, new IvParameterSpec(vector));
    }
    return cipher.doFinal(bytes);
  }

  /** By the definition of IEEE 1619, with numbers of any size. */
  private static byte[] xts(byte[] key, byte[] vector, byte[] sector)
      throws GeneralSecurityException {
    byte[] blockKey = Arrays.copyOf(key, key.length / 2);
    byte[] vectorKey = Arrays.copyOfRange(key, key.length / 2, key.length);
    BigInteger tweak = littleEndian(aes("ECB", vectorKey, null, vector));
    byte[] encrypted = new byte[SECTOR];
    for (int at = 0; at < SECTOR; at += BLOCK) {
      byte[] block = Arrays.copyOfRange(sector, at, at + BLOCK);
      block = bytes(littleEndian(block).xor(tweak));
      block = aes("ECB", blockKey, null, block);
      System.arraycopy(bytes(littleEndian(block).xor(tweak)), 0, encrypted, at, BLOCK);
      tweak = tweak.shiftLeft(1);
      if (tweak.testBit(128)) {
        tweak = tweak.clearBit(128).xor(BigInteger.valueOf(0x87));
      }
    }
    return encrypted;
  }

  private static BigInteger littleEndian(byte[] block) {
    return new BigInteger(1, reversed(block));
  }

  private static byte[] bytes(BigInteger block) {
    byte[] bigEndian = block.toByteArray();
    byte[] padded = new byte[BLOCK];
    int length = Math.min(BLOCK, bigEndian.length);
    System.arraycopy(bigEndian, bigEndian.length - length, padded, BLOCK - length, length);
    return reversed(padded);
  }

  private static byte[] reversed(byte[] block) {
    byte[] reversed = new byte[block.length];
    for (int i = 0; i < block.length; i++) {
      reversed[i] = block[block.length - 1 - i];
    }
    return reversed;
  }
}
