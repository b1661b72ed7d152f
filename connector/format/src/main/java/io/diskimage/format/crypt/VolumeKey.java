package io.diskimage.format.crypt;

import io.diskimage.format.crypt.CipherSuite.Mode;
import io.diskimage.format.crypt.CipherSuite.Vectors;
import java.util.Arrays;

/** The key of an unlocked volume, until it is closed. Thread-safe; never shown. */
public final class VolumeKey implements AutoCloseable {
  private final CipherSuite suite;
  private final byte[] key;
  private boolean closed;

  VolumeKey(CipherSuite suite, byte[] key) {
    this.suite = suite;
    this.key = key;
  }

  /**
   * Of a volume in AES-CBC whose vectors are sector numbers.
   *
   * @param key 16, 24 or 32 bytes, copied
   */
  public static VolumeKey aesCbcPlain64(byte[] key) {
    return new VolumeKey(new CipherSuite(Mode.CBC, Vectors.PLAIN64, null), key.clone());
  }

  /**
   * What decrypts sectors; one per thread. Those made before stay usable when the key is closed.
   *
   * @throws IllegalStateException if the key is closed
   */
  public synchronized SectorDecryption decryption() {
    requireOpen();
    return suite.decryption(key);
  }

  /** What encrypts sectors, likewise. */
  public synchronized SectorEncryption encryption() {
    requireOpen();
    return suite.encryption(key);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the key is closed");
    }
  }

  /** Overwrites the key; more calls do nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(key, (byte) 0);
  }
}
