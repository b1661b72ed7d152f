package io.diskimage.format.crypt;

/** Encrypts whole sectors of 512 bytes by their numbers. One per thread. */
@FunctionalInterface
public interface SectorEncryption {

  /**
   * Encrypts neighbouring sectors in place.
   *
   * @param length bytes, a multiple of 512
   * @param firstSector number of the first one, which its initialisation vector is made of
   */
  void encrypt(byte[] bytes, int offset, int length, long firstSector);
}
