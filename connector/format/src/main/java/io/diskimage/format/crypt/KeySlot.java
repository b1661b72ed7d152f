package io.diskimage.format.crypt;

import io.diskimage.format.Bytes;
import java.util.Arrays;

/** A key slot's raw values (qcow2.md section 1.9). */
final class KeySlot {
  static final int BYTES = 48;

  private static final long ACTIVE = 0x00ac71f3L;
  private static final long INACTIVE = 0x0000deadL;

  private final long state;
  private final long iterations;
  private final byte[] salt;
  private final long materialSector;
  private final long stripes;

  private KeySlot(byte[] header, int at) {
    this.state = Bytes.u32be(header, at);
    this.iterations = Bytes.u32be(header, at + 4);
    this.salt = Arrays.copyOfRange(header, at + 8, at + 40);
    this.materialSector = Bytes.u32be(header, at + 40);
    this.stripes = Bytes.u32be(header, at + 44);
  }

  static KeySlot parse(byte[] header, int at) {
    return new KeySlot(header, at);
  }

  /** Stores a slot without a key, whose place for one is known. */
  static void putEmpty(byte[] header, int at, long materialSector, long stripes) {
    Bytes.putU32be(header, at, INACTIVE);
    Bytes.putU32be(header, at + 40, materialSector);
    Bytes.putU32be(header, at + 44, stripes);
  }

  /** Turns a stored slot into one that has a key. */
  static void putActive(byte[] header, int at, long iterations, byte[] salt) {
    Bytes.putU32be(header, at, ACTIVE);
    Bytes.putU32be(header, at + 4, iterations);
    System.arraycopy(salt, 0, header, at + 8, salt.length);
  }

  boolean active() {
    return state == ACTIVE;
  }

  /** Whether the slot is active or empty, and not damaged. */
  boolean validState() {
    return state == ACTIVE || state == INACTIVE;
  }

  /** Of the key derivation. */
  long iterations() {
    return iterations;
  }

  /** Of the key derivation. */
  byte[] salt() {
    return salt.clone();
  }

  /** Place of the key material, in sectors from the start of the header. */
  long materialSector() {
    return materialSector;
  }

  /** That the key is spread over. */
  long stripes() {
    return stripes;
  }
}
