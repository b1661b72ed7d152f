package io.diskimage.format.crypt;

import io.diskimage.format.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A LUKS1 header's raw values (qcow2.md section 1.9). Nothing here is validated: {@link
 * LuksHeaderChecks} does that.
 */
final class LuksHeader {
  static final int BYTES = 592;

  static final int VERSION_AT = 6;
  static final int CIPHER_AT = 8;
  static final int MODE_AT = 40;
  static final int HASH_AT = 72;
  static final int PAYLOAD_AT = 104;
  static final int KEY_BYTES_AT = 108;
  static final int DIGEST_AT = 112;
  static final int DIGEST_SALT_AT = 132;
  static final int DIGEST_ITERATIONS_AT = 164;
  static final int UUID_AT = 168;
  static final int SLOTS_AT = 208;

  static final int DIGEST_BYTES = 20;

  private static final byte[] MAGIC = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
  private static final int NAME_BYTES = 32;
  private static final int SALT_BYTES = 32;
  private static final int UUID_BYTES = 40;
  private static final int SLOTS = 8;

  private final byte[] bytes;
  private final List<KeySlot> slots;

  private LuksHeader(byte[] bytes) {
    this.bytes = bytes;
    this.slots =
        IntStream.range(0, SLOTS).mapToObj(slot -> KeySlot.parse(bytes, slotAt(slot))).toList();
  }

  /**
   * Takes a header.
   *
   * @param bytes {@link #BYTES}, kept
   */
  static LuksHeader parse(byte[] bytes) {
    return new LuksHeader(bytes);
  }

  /** Begins a header. */
  static void putMagic(byte[] header) {
    System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
  }

  /** Place of a key slot. */
  static int slotAt(int slot) {
    return SLOTS_AT + slot * KeySlot.BYTES;
  }

  boolean magic() {
    return Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  int version() {
    return Bytes.u16be(bytes, VERSION_AT);
  }

  /** Name of the cipher, or null if it does not end within its field. */
  String cipher() {
    return name(CIPHER_AT);
  }

  /** Name of mode and vectors ({@code xts-plain64}), or null likewise. */
  String mode() {
    return name(MODE_AT);
  }

  /** Name of the hash of key derivations, or null likewise. */
  String hash() {
    return name(HASH_AT);
  }

  private String name(int at) {
    boolean ends = IntStream.range(at, at + NAME_BYTES).anyMatch(i -> bytes[i] == 0);
    return ends ? Bytes.text(bytes, at, NAME_BYTES) : null;
  }

  /** First sector behind the key material, in a volume that has no other place for its data. */
  long payloadSector() {
    return Bytes.u32be(bytes, PAYLOAD_AT);
  }

  /** Length of the volume's key. */
  long keyBytes() {
    return Bytes.u32be(bytes, KEY_BYTES_AT);
  }

  /** Of the volume's key. */
  byte[] digest() {
    return Arrays.copyOfRange(bytes, DIGEST_AT, DIGEST_AT + DIGEST_BYTES);
  }

  byte[] digestSalt() {
    return Arrays.copyOfRange(bytes, DIGEST_SALT_AT, DIGEST_SALT_AT + SALT_BYTES);
  }

  long digestIterations() {
    return Bytes.u32be(bytes, DIGEST_ITERATIONS_AT);
  }

  String uuid() {
    return Bytes.text(bytes, UUID_AT, UUID_BYTES);
  }

  List<KeySlot> slots() {
    return slots;
  }
}
