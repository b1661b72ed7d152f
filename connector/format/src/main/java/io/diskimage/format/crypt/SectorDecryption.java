package io.diskimage.format.crypt;

/** Decrypts whole sectors of 512 bytes by their numbers. One per thread. */
@FunctionalInterface
public interface SectorDecryption {

  /**
   * Decrypts neighbouring sectors in place.
   *
   * @param length bytes, a multiple of 512
   * @param firstSector number of the first one, which its initialisation vector is made of
   */
  void decrypt(byte[] bytes, int offset, int length, long firstSector);
}
