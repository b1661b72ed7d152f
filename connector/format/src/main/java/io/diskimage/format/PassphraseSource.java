package io.diskimage.format;

import java.io.IOException;

/** The caller's answer to an encrypted image: its passphrase. */
@FunctionalInterface
public interface PassphraseSource {

  /** Knows none. */
  PassphraseSource NONE = (image, uuid) -> null;

  /**
   * The passphrase of an image.
   *
   * @param image the encrypted file
   * @param uuid of the encryption header, or null where the format has none
   * @return bytes that the caller overwrites when it has used them, or null if there is none
   * @throws IOException if the place where passphrases are kept does not answer
   */
  byte[] passphrase(ImageInput image, String uuid) throws IOException;
}
