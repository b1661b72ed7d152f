package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.SectorCipher;
import io.diskimage.format.crypt.LuksArea;
import io.diskimage.format.crypt.LuksVolume;
import io.diskimage.format.crypt.SectorDecryption;
import io.diskimage.format.crypt.SectorEncryption;
import io.diskimage.format.crypt.VolumeKey;
import java.io.IOException;
import java.util.Arrays;

/** The key of an image's guest data (qcow2.md section 1.9). */
final class GuestKey implements AutoCloseable {
  /** Bytes of a passphrase that are the key of AES images, padded with zeros. */
  private static final int AES_KEY_BYTES = 16;

  private final VolumeKey key;

  /** LUKS numbers the sectors of the file, AES those of the disk. */
  private final boolean byHostSector;

  private GuestKey(VolumeKey key, boolean byHostSector) {
    this.key = key;
    this.byHostSector = byHostSector;
  }

  /**
   * The key of an image, by the passphrase of the options.
   *
   * @return null if the image is not encrypted
   * @throws LockedImageException if there is no passphrase, or for LUKS a wrong one; a wrong one of
   *     AES shows in nothing but what is read
   */
  static GuestKey of(
      Qcow2Header header, HeaderExtensions extensions, ImageInput input, OpenOptions options)
      throws IOException {
    if (header.cryptMethod() == Qcow2Header.CRYPT_NONE) {
      return null;
    }
    return header.cryptMethod() == Qcow2Header.CRYPT_AES
        ? aes(input, options)
        : luks(extensions, input, options);
  }

  /** The key of a LUKS volume that was just made. */
  static GuestKey ofVolume(VolumeKey key) {
    return new GuestKey(key, true);
  }

  private static GuestKey aes(ImageInput input, OpenOptions options) throws IOException {
    byte[] passphrase = passphrase(input, null, options);
    byte[] key = Arrays.copyOf(passphrase, AES_KEY_BYTES);
    try {
      return new GuestKey(VolumeKey.aesCbcPlain64(key), false);
    } finally {
      Arrays.fill(passphrase, (byte) 0);
      Arrays.fill(key, (byte) 0);
    }
  }

  private static GuestKey luks(HeaderExtensions extensions, ImageInput input, OpenOptions options)
      throws IOException {
    long offset = extensions.encryptionOffset();
    if (offset < 0) {
      throw new CorruptImageException(
          input.location(), ImageException.NO_OFFSET, "Could not read encryption header");
    }
    LuksVolume volume =
        LuksVolume.read(new LuksArea(input, offset, extensions.encryptionLength()), options.io());
    byte[] passphrase = passphrase(input, volume.uuid(), options);
    try {
      return new GuestKey(volume.unlock(passphrase, options.limits(), options.io()), true);
    } finally {
      Arrays.fill(passphrase, (byte) 0);
    }
  }

  /**
   * The passphrase of an image by the options.
   *
   * @param uuid of the encryption header, or null where there is none
   */
  static byte[] passphrase(ImageInput input, String uuid, OpenOptions options) throws IOException {
    byte[] passphrase = options.passphrases().passphrase(input, uuid);
    if (passphrase == null) {
      throw new LockedImageException(
          input.location(),
          ImageException.NO_OFFSET,
          (uuid == null ? "AES" : "LUKS")
              + " encrypted, and there is no passphrase (option passwordProvider)");
    }
    return passphrase;
  }

  /** What decrypts the clusters of one file; one per thread. */
  SectorCipher cipher() {
    SectorDecryption sectors = key.decryption();
    return (bytes, offset, length, guestOffset, hostOffset) ->
        sectors.decrypt(
            bytes, offset, length, (byHostSector ? hostOffset : guestOffset) / SectorCipher.SECTOR);
  }

  /** What encrypts guest data. */
  HostWrites.Encryption encryption() {
    SectorEncryption sectors = key.encryption();
    return (bytes, offset, length, guestOffset, hostOffset) ->
        sectors.encrypt(
            bytes, offset, length, (byHostSector ? hostOffset : guestOffset) / SectorCipher.SECTOR);
  }

  @Override
  public void close() {
    key.close();
  }
}
