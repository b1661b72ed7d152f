package io.diskimage.format.crypt;

import io.diskimage.format.IoCounters;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.LockedImageException;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Arrays;

/** A volume behind a valid LUKS1 header (qcow2.md section 1.9, "unlock a slot"). */
public final class LuksVolume {
  private final LuksArea area;
  private final LuksHeader header;
  private final CipherSuite suite;
  private final HashAlgorithm hash;

  private LuksVolume(LuksArea area, LuksHeader header, CipherSuite suite, HashAlgorithm hash) {
    this.area = area;
    this.header = header;
    this.suite = suite;
    this.hash = hash;
  }

  /**
   * Reads and validates a header.
   *
   * @throws io.diskimage.format.CorruptImageException if a field is out of its range
   * @throws io.diskimage.format.UnsupportedImageException if the volume is encrypted in a way that
   *     cannot be read; the message names it
   */
  public static LuksVolume read(LuksArea area, IoCounters io) throws IOException {
    LuksHeader header = LuksHeader.parse(area.read(0, LuksHeader.BYTES, io));
    new LuksHeaderChecks(area, header).all();
    CipherNames names = new CipherNames(area, header);
    CipherSuite suite = names.suite();
    return new LuksVolume(area, header, suite, names.hash());
  }

  /** The volume's UUID as its header has it, any text of up to 40 bytes; may be empty. */
  public String uuid() {
    return header.uuid();
  }

  /**
   * Tries a passphrase on every active key slot.
   *
   * @param passphrase left as it is
   * @throws LockedImageException if it opens none
   * @throws LimitExceededException if it opens none, and a slot was not tried for its {@link
   *     Limits#keyIterations()}
   */
  public VolumeKey unlock(byte[] passphrase, Limits limits, IoCounters io) throws IOException {
    requireWithin(limits, header.digestIterations(), LuksHeader.DIGEST_ITERATIONS_AT);
    LimitExceededException untried = null;
    for (int number = 0; number < header.slots().size(); number++) {
      KeySlot slot = header.slots().get(number);
      if (!slot.active()) {
        continue;
      }
      try {
        requireWithin(limits, slot.iterations(), LuksHeader.slotAt(number));
      } catch (LimitExceededException tooMany) {
        // The passphrase may still be that of another slot.
        untried = tooMany;
        continue;
      }
      VolumeKey key = unlock(slot, passphrase, io);
      if (key != null) {
        return key;
      }
    }
    if (untried != null) {
      throw untried;
    }
    throw new LockedImageException(
        area.input().location(), area.offset(), "Invalid password, cannot unlock any keyslot");
  }

  private void requireWithin(Limits limits, long iterations, int at) throws LimitExceededException {
    if (iterations > limits.keyIterations()) {
      throw new LimitExceededException(
          area.input().location(),
          area.hostOffset(at),
          "a key derivation takes " + iterations + " rounds",
          Limit.KEY_ITERATIONS,
          limits);
    }
  }

  /** The key that a slot holds, or null if the passphrase is not the slot's. */
  private VolumeKey unlock(KeySlot slot, byte[] passphrase, IoCounters io) throws IOException {
    int keyBytes = (int) header.keyBytes();
    byte[] material = material(slot, keyBytes, io);
    byte[] slotKey = Pbkdf2.derive(hash, passphrase, slot.salt(), slot.iterations(), keyBytes);
    byte[] candidate = null;
    boolean right = false;
    try {
      suite.decryption(slotKey).decrypt(material, 0, material.length, 0);
      candidate =
          AntiForensic.merge(hash.newDigest(), material, keyBytes, LuksHeaderChecks.STRIPES);
      right = isVolumeKey(candidate);
      return right ? new VolumeKey(suite, candidate) : null;
    } finally {
      Arrays.fill(slotKey, (byte) 0);
      Arrays.fill(material, (byte) 0);
      if (candidate != null && !right) {
        Arrays.fill(candidate, (byte) 0);
      }
    }
  }

  /** Whole sectors of key material. */
  private byte[] material(KeySlot slot, int keyBytes, IoCounters io) throws IOException {
    int sectors =
        (keyBytes * LuksHeaderChecks.STRIPES + LuksHeaderChecks.SECTOR - 1)
            / LuksHeaderChecks.SECTOR;
    return area.read(
        slot.materialSector() * LuksHeaderChecks.SECTOR, sectors * LuksHeaderChecks.SECTOR, io);
  }

  private boolean isVolumeKey(byte[] candidate) throws IOException {
    byte[] digest =
        Pbkdf2.derive(
            hash,
            candidate,
            header.digestSalt(),
            header.digestIterations(),
            LuksHeader.DIGEST_BYTES);
    return MessageDigest.isEqual(digest, header.digest());
  }
}
