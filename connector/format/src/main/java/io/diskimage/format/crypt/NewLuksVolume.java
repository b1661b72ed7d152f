package io.diskimage.format.crypt;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.crypt.CipherSuite.Mode;
import io.diskimage.format.crypt.CipherSuite.Vectors;
import io.diskimage.format.write.FormatOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A LUKS1 header and its key material as they are made for a new volume (qcow2.md section 1.9): a
 * random key, which the first slot gives out for a passphrase.
 */
public final class NewLuksVolume {
  private static final String CIPHER_ALG = "encrypt.cipher-alg";
  private static final String CIPHER_MODE = "encrypt.cipher-mode";
  private static final String IVGEN_ALG = "encrypt.ivgen-alg";
  private static final String IVGEN_HASH_ALG = "encrypt.ivgen-hash-alg";
  private static final String HASH_ALG = "encrypt.hash-alg";
  private static final String ITER_TIME = "encrypt.iter-time";
  private static final List<String> NAMES =
      List.of(CIPHER_ALG, CIPHER_MODE, IVGEN_ALG, IVGEN_HASH_ALG, HASH_ALG, ITER_TIME);

  private static final int SLOTS = 8;
  private static final int SALT_BYTES = 32;
  private static final int SECTOR = LuksHeaderChecks.SECTOR;
  private static final int UNIT_SECTORS = 8;
  private static final long MIN_ITERATIONS = 1000;

  /** Of what our own limits let anybody open. */
  private static final long MAX_ITERATIONS = 10_000_000;

  /** The key's own digest may be found out faster than a passphrase. */
  private static final int DIGEST_SHARE = 8;

  private final CipherSuite suite;
  private final int keyBytes;
  private final String vectorHash;
  private final HashAlgorithm hash;
  private final long milliseconds;
  private final SecureRandom random = new SecureRandom();

  private NewLuksVolume(
      CipherSuite suite, int keyBytes, String vectorHash, HashAlgorithm hash, long milliseconds) {
    this.suite = suite;
    this.keyBytes = keyBytes;
    this.vectorHash = vectorHash;
    this.hash = hash;
    this.milliseconds = milliseconds;
  }

  /**
   * By options {@code encrypt.…} as {@code qemu-img create} takes them (qcow2.md section 6.1).
   *
   * @throws InvalidOptionException for a value that it does not take, or a cipher but AES
   */
  public static NewLuksVolume of(FormatOptions options) {
    String cipher = options.text(CIPHER_ALG, "aes-256");
    int cipherBytes =
        switch (cipher) {
          case "aes-128" -> 16;
          case "aes-192" -> 24;
          case "aes-256" -> 32;
          default -> throw InvalidOptionException.refused("cipher-alg", cipher);
        };
    Mode mode = named(Mode.values(), "cipher-mode", options.text(CIPHER_MODE, null), Mode.XTS);
    Vectors vectors =
        named(Vectors.values(), "ivgen-alg", options.text(IVGEN_ALG, null), Vectors.PLAIN64);
    String vectorHash = options.text(IVGEN_HASH_ALG, vectors == Vectors.ESSIV ? "sha256" : null);
    CipherSuite suite =
        new CipherSuite(
            mode, vectors, vectorHash == null ? null : hash("ivgen-hash-alg", vectorHash));
    return new NewLuksVolume(
        suite,
        mode == Mode.XTS ? 2 * cipherBytes : cipherBytes,
        vectorHash,
        hash("hash-alg", options.text(HASH_ALG, "sha256")),
        options.number(ITER_TIME, 2000));
  }

  /**
   * Refuses options that only a new volume takes.
   *
   * @param text of the refusal, maybe with {@code %s} for the option's name
   */
  public static void refuse(FormatOptions options, String text) {
    for (String name : NAMES) {
      if (options.text(name, null) != null) {
        throw new InvalidOptionException(String.format(text, name));
      }
    }
  }

  private static HashAlgorithm hash(String option, String name) {
    return HashAlgorithm.named(name)
        .orElseThrow(() -> InvalidOptionException.refused(option, name));
  }

  private static <E extends Enum<E>> E named(E[] values, String option, String name, E otherwise) {
    if (name == null) {
      return otherwise;
    }
    return Arrays.stream(values)
        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> InvalidOptionException.refused(option, name));
  }

  /** Bytes of the header and the key material of all slots. */
  public long length() {
    return payloadSector() * SECTOR;
  }

  private long payloadSector() {
    return materialSector(SLOTS);
  }

  private long materialSector(int slot) {
    long unit = UNIT_SECTORS * SECTOR;
    long units = ((long) keyBytes * LuksHeaderChecks.STRIPES + unit - 1) / unit;
    return UNIT_SECTORS + slot * units * UNIT_SECTORS;
  }

  /**
   * Makes a key and writes the area, which reads as zero.
   *
   * @param passphrase opens the first slot; left as it is
   * @param uuid of the volume
   * @return the volume's key
   */
  public VolumeKey write(ImageTarget target, long offset, byte[] passphrase, String uuid)
      throws IOException {
    byte[] key = random(keyBytes);
    byte[] area = new byte[Math.toIntExact(materialSector(1) * SECTOR)];
    fields(area, uuid);
    digest(area, key);
    slots(area);
    fillFirstSlot(area, key, passphrase);
    target.write(offset, area, 0, area.length);
    return new VolumeKey(suite, key);
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void fields(byte[] area, String uuid) {
    String mode = lower(suite.mode()) + "-" + lower(suite.vectors());
    LuksHeader.putMagic(area);
    Bytes.putU16be(area, LuksHeader.VERSION_AT, 1);
    putText(area, LuksHeader.CIPHER_AT, "aes");
    putText(area, LuksHeader.MODE_AT, vectorHash == null ? mode : mode + ":" + vectorHash);
    putText(area, LuksHeader.HASH_AT, lower(hash));
    Bytes.putU32be(area, LuksHeader.PAYLOAD_AT, payloadSector());
    Bytes.putU32be(area, LuksHeader.KEY_BYTES_AT, keyBytes);
    putText(area, LuksHeader.UUID_AT, uuid);
  }

  private static String lower(Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT);
  }

  private static void putText(byte[] area, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, area, at, bytes.length);
  }

  private void digest(byte[] area, byte[] key) throws IOException {
    byte[] salt = random(SALT_BYTES);
    long iterations = iterations(DIGEST_SHARE);
    byte[] digest = Pbkdf2.derive(hash, key, salt, iterations, LuksHeader.DIGEST_BYTES);
    System.arraycopy(digest, 0, area, LuksHeader.DIGEST_AT, digest.length);
    System.arraycopy(salt, 0, area, LuksHeader.DIGEST_SALT_AT, salt.length);
    Bytes.putU32be(area, LuksHeader.DIGEST_ITERATIONS_AT, iterations);
  }

  /** Iterations that take a share of the time that was asked for. */
  private long iterations(int share) throws IOException {
    long possible = Pbkdf2.iterationsIn(hash, milliseconds) / share;
    return Math.max(MIN_ITERATIONS, Math.min(MAX_ITERATIONS, possible));
  }

  private void slots(byte[] area) {
    for (int slot = 0; slot < SLOTS; slot++) {
      KeySlot.putEmpty(
          area, LuksHeader.slotAt(slot), materialSector(slot), LuksHeaderChecks.STRIPES);
    }
  }

  private void fillFirstSlot(byte[] area, byte[] key, byte[] passphrase) throws IOException {
    byte[] salt = random(SALT_BYTES);
    int derivations = (keyBytes + hash.newMac().getMacLength() - 1) / hash.newMac().getMacLength();
    long iterations = iterations(derivations);
    KeySlot.putActive(area, LuksHeader.slotAt(0), iterations, salt);
    byte[] slotKey = Pbkdf2.derive(hash, passphrase, salt, iterations, keyBytes);
    byte[] stripes = AntiForensic.split(hash.newDigest(), key, LuksHeaderChecks.STRIPES, random);
    byte[] material = Arrays.copyOf(stripes, (stripes.length + SECTOR - 1) / SECTOR * SECTOR);
    try {
      suite.encryption(slotKey).encrypt(material, 0, material.length, 0);
      System.arraycopy(material, 0, area, (int) materialSector(0) * SECTOR, material.length);
    } finally {
      Arrays.fill(slotKey, (byte) 0);
      Arrays.fill(stripes, (byte) 0);
    }
  }
}
