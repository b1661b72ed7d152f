package io.diskimage.format;

/** Decrypts guest data of one file of an image. One per thread; holds the key. */
@FunctionalInterface
public interface SectorCipher {
  /** Bytes that are encrypted as a unit, whatever a cipher's own block is. */
  int SECTOR = 512;

  /**
   * Decrypts sectors in place.
   *
   * @param bytes holds the encrypted bytes
   * @param offset of the first one in {@code bytes}
   * @param length multiple of {@link #SECTOR}
   * @param guestOffset of the first one on the virtual disk, multiple of {@link #SECTOR}
   * @param hostOffset of the first one in its file, multiple of {@link #SECTOR}
   */
  void decrypt(byte[] bytes, int offset, int length, long guestOffset, long hostOffset);
}
