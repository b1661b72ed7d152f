package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.LockedImageException;
import io.diskimage.format.UnsupportedImageException;
import java.util.ArrayList;
import java.util.List;

/**
 * A LUKS header that is refused.
 *
 * @param name what is wrong
 * @param type of the refusal
 * @param text its detail, exactly; QEMU's text unless it accepts such a header
 * @param hostOffset of the field
 * @param image the image
 * @param oracle whether QEMU 7.2 says the same
 */
record LuksCase(
    String name,
    Class<? extends ImageException> type,
    String text,
    long hostOffset,
    Qcow2Bytes image,
    boolean oracle) {
  private static final int EXTENSION = Qcow2Bytes.EXTENSIONS_V3 + 8;
  private static final int AREA = 5 << 16;
  private static final int AREA_BYTES = 1_052_672;

  private static final int CIPHER = 8;
  private static final int MODE = 40;
  private static final int HASH = 72;
  private static final int PAYLOAD = 104;
  private static final int KEY_BYTES = 108;
  private static final int ITERATIONS = 164;
  private static final int SLOTS = 208;
  private static final int SLOT_BYTES = 48;
  private static final int SLOT_ITERATIONS = SLOTS + 4;
  private static final int SLOT_MATERIAL = SLOTS + 40;
  private static final int SLOT_STRIPES = SLOTS + 44;

  @Override
  public String toString() {
    return name;
  }

  /** An image whose header is right, and whose key material is of no passphrase. */
  static Qcow2Bytes sound() {
    byte[] area = new byte[AREA_BYTES];
    ImagePatch header =
        ImagePatch.bigEndian(area)
            .text(0, "LUKS")
            .u16(4, 0xbabe)
            .u16(6, 1)
            .text(CIPHER, "aes")
            .text(MODE, "xts-plain64")
            .text(HASH, "sha256")
            .u32(PAYLOAD, AREA_BYTES / 512)
            .u32(KEY_BYTES, 32)
            .u32(ITERATIONS, 1000)
            .text(168, "f0160b1d-c180-420f-8119-b7524266feb7");
    for (int slot = 0; slot < 8; slot++) {
      int at = slot * SLOT_BYTES;
      header
          .u32(SLOTS + at, slot == 0 ? 0x00ac71f3 : 0x0000dead)
          .u32(SLOT_ITERATIONS + at, slot == 0 ? 1000 : 0)
          .u32(SLOT_MATERIAL + at, 8 + 256 * slot)
          .u32(SLOT_STRIPES + at, 4000);
    }
    Qcow2Bytes image = Qcow2Bytes.v3(16, 1 << 20);
    int at = image.append(area);
    byte[] extension = new byte[16];
    ImagePatch.bigEndian(extension).u64(0, at).u64(8, AREA_BYTES);
    image
        .patch()
        .u32(32, Qcow2Header.CRYPT_LUKS)
        .bytes(
            Qcow2Bytes.EXTENSIONS_V3, Qcow2Bytes.extension(HeaderExtensions.ENCRYPTION, extension));
    return image;
  }

  /** Host offset of a field of the LUKS header of {@link #sound()}. */
  static int at(int field) {
    return AREA + field;
  }

  static List<LuksCase> all() {
    List<LuksCase> cases = new ArrayList<>();
    names(cases);
    keys(cases);
    slots(cases);
    area(cases);
    return cases;
  }

  private static void names(List<LuksCase> cases) {
    cases.add(corrupt("magic", "Volume is not in LUKS format", 0, 0, 0));
    cases.add(
        text(
            "cipher without end",
            "a".repeat(32),
            CIPHER,
            CorruptImageException.class,
            "LUKS header cipher name is not NUL terminated"));
    cases.add(
        text(
            "mode without end",
            "a".repeat(32),
            MODE,
            CorruptImageException.class,
            "LUKS header cipher mode is not NUL terminated"));
    cases.add(
        text(
            "hash without end",
            "a".repeat(32),
            HASH,
            CorruptImageException.class,
            "LUKS header hash spec is not NUL terminated"));
    cases.add(
        name("cipher", "foo\0", CIPHER, "Algorithm 'foo' with key size 16 bytes not supported"));
    cases.add(
        name(
            "cipher in capitals",
            "AES",
            CIPHER,
            "Algorithm 'AES' with key size 16 bytes not supported"));
    cases.add(
        name("mode alone", "xts\0".repeat(4), MODE, "Unexpected cipher mode string format 'xts'"));
    cases.add(name("mode", "foo-plain64", MODE, "Cipher mode 'foo' not supported"));
    cases.add(name("mode in capitals", "XTS", MODE, "Cipher mode 'XTS' not supported"));
    cases.add(name("vectors", "xts-foo\0", MODE, "IV generator 'foo' not supported"));
    cases.add(name("no vectors", "xts-\0", MODE, "IV generator '' not supported"));
    cases.add(name("null vectors", "xts-null\0", MODE, "IV generator 'null' not supported"));
    cases.add(
        name(
            "essiv without hash",
            "cbc-essiv\0\0\0",
            MODE,
            "Missing IV generator hash specification"));
    cases.add(name("hash of essiv", "cbc-essiv:foo", MODE, "Hash algorithm 'foo' not supported"));
    cases.add(
        name(
            "unused hash of vectors",
            "xts-plain64:foo",
            MODE,
            "Hash algorithm 'foo' not supported"));
    cases.add(
        name(
            "short hash of essiv",
            "xts-essiv:sha1",
            MODE,
            "No AES cipher with key size 20 available"));
    cases.add(
        name(
            "long hash of essiv",
            "xts-essiv:sha512",
            MODE,
            "No AES cipher with key size 64 available"));
    cases.add(name("hash", "foo\0\0\0", HASH, "Hash algorithm 'foo' not supported"));
    cases.add(name("hash in capitals", "SHA256", HASH, "Hash algorithm 'SHA256' not supported"));
    for (String cipher : List.of("serpent", "twofish")) {
      cases.add(
          ours(
              cipher,
              UnsupportedImageException.class,
              "Algorithm '" + cipher + "' with key size 16 bytes not supported",
              CIPHER,
              patch -> patch.text(at(CIPHER), cipher)));
    }
    cases.add(
        ours(
            "cast5",
            UnsupportedImageException.class,
            "Algorithm 'cast5' with key size 32 bytes not supported",
            CIPHER,
            patch -> patch.text(at(CIPHER), "cast5").text(at(MODE), "cbc-plain64\0")));
    cases.add(
        ours(
            "ripemd160",
            UnsupportedImageException.class,
            "Hash algorithm 'ripemd160' not supported",
            HASH,
            patch -> patch.text(at(HASH), "ripemd160")));
  }

  private static void keys(List<LuksCase> cases) {
    for (int length : new int[] {0, 2, 14, 16, 18, 24, 30}) {
      cases.add(
          oracle(
              "key of " + length,
              UnsupportedImageException.class,
              "Algorithm 'aes' with key size " + length / 2 + " bytes not supported",
              CIPHER,
              patch -> patch.u32(at(KEY_BYTES), length)));
    }
    for (long length : new long[] {33, 64, 65}) {
      cases.add(
          corrupt(
              "key of " + length,
              "Keyslots 0 and 1 are overlapping in the header",
              KEY_BYTES,
              length,
              SLOTS));
    }
    for (long length : new long[] {0x7fff_ffffL, 0xffff_ffffL}) {
      cases.add(
          corrupt(
              "key of " + length,
              "Keyslot 0 is overlapping with the encrypted payload",
              KEY_BYTES,
              length,
              SLOTS));
    }
    cases.add(
        ours(
            "key of 2^31",
            CorruptImageException.class,
            "Keyslot 0 is overlapping with the encrypted payload",
            SLOTS,
            patch -> patch.u32(at(KEY_BYTES), 0x8000_0000L)));
    for (int sector : new int[] {0, 1, 7}) {
      cases.add(
          corrupt(
              "payload at " + sector,
              "LUKS payload is overlapping with the header",
              PAYLOAD,
              sector,
              PAYLOAD));
    }
    cases.add(
        corrupt(
            "payload in the key material",
            "Keyslot 0 is overlapping with the encrypted payload",
            PAYLOAD,
            8,
            SLOTS));
    cases.add(
        corrupt("no iterations", "LUKS key iteration count is zero", ITERATIONS, 0, ITERATIONS));
    for (long iterations : new long[] {10_000_001, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL}) {
      String text =
          "a key derivation takes " + iterations + " rounds (limit keyIterations = 10000000)";
      cases.add(
          ours(
              iterations + " iterations",
              LimitExceededException.class,
              text,
              ITERATIONS,
              patch -> patch.u32(at(ITERATIONS), iterations)));
      cases.add(
          ours(
              iterations + " iterations of a slot",
              LimitExceededException.class,
              text,
              SLOTS,
              patch -> patch.u32(at(SLOT_ITERATIONS), iterations)));
    }
  }

  private static void slots(List<LuksCase> cases) {
    cases.add(
        corrupt(
            "no iterations of a slot",
            "Keyslot 0 iteration count is zero",
            SLOT_ITERATIONS,
            0,
            SLOTS));
    cases.add(
        corrupt(
            "state of a slot", "Keyslot 0 state (active/disable) is corrupted", SLOTS, 5, SLOTS));
    cases.add(
        corrupt(
            "state of slot 1",
            "Keyslot 1 state (active/disable) is corrupted",
            SLOTS + SLOT_BYTES,
            0,
            SLOTS + SLOT_BYTES));
    for (int sector : new int[] {0, 1, 7}) {
      cases.add(
          corrupt(
              "material at " + sector,
              "Keyslot 0 is overlapping with the LUKS header",
              SLOT_MATERIAL,
              sector,
              SLOTS));
    }
    for (int sector : new int[] {9, 0x102}) {
      cases.add(
          corrupt(
              "material at " + sector,
              "Keyslots 0 and 1 are overlapping in the header",
              SLOT_MATERIAL,
              sector,
              SLOTS));
    }
    cases.add(
        corrupt(
            "material of slot 4",
            "Keyslots 0 and 4 are overlapping in the header",
            SLOT_MATERIAL,
            0x408,
            SLOTS));
    cases.add(
        corrupt(
            "material behind the payload",
            "Keyslot 0 is overlapping with the encrypted payload",
            SLOT_MATERIAL,
            0x7fff_ffff,
            SLOTS));
    cases.add(
        ours(
            "material at the last sector",
            CorruptImageException.class,
            "Keyslot 0 is overlapping with the encrypted payload",
            SLOTS,
            patch -> patch.u32(at(SLOT_MATERIAL), 0xffff_ffffL)));
    for (long stripes : new long[] {0, 1, 3999, 4001, 0x7fff_ffffL}) {
      cases.add(
          corrupt(
              stripes + " stripes",
              "Keyslot 0 is corrupted (stripes " + stripes + " != 4000)",
              SLOT_STRIPES,
              stripes,
              SLOTS));
    }
    // QEMU prints them as a signed number.
    cases.add(
        ours(
            "2^32 - 1 stripes",
            CorruptImageException.class,
            "Keyslot 0 is corrupted (stripes 4294967295 != 4000)",
            SLOTS,
            patch -> patch.u32(at(SLOT_STRIPES), 0xffff_ffffL)));
    cases.add(
        corrupt(
            "stripes of slot 1",
            "Keyslot 1 is corrupted (stripes 0 != 4000)",
            SLOT_STRIPES + SLOT_BYTES,
            0,
            SLOTS + SLOT_BYTES));
    cases.add(
        oracle(
            "no active slot",
            LockedImageException.class,
            "Invalid password, cannot unlock any keyslot",
            0,
            patch -> patch.u32(at(SLOTS), 0xdead)));
    cases.add(
        oracle(
            "wrong passphrase",
            LockedImageException.class,
            "Invalid password, cannot unlock any keyslot",
            0,
            patch -> {}));
  }

  private static void area(List<LuksCase> cases) {
    for (long length : new long[] {0, 591, 592, 4096, 4096 + 127_999}) {
      cases.add(
          oracle(
              "area of " + length,
              CorruptImageException.class,
              "Request for data outside of extension header",
              0,
              patch -> patch.u64(EXTENSION + 8, length)));
    }
    for (long length : new long[] {0xffff_ffffL, Long.MAX_VALUE, -1}) {
      cases.add(
          oracle(
              "area of " + Long.toUnsignedString(length),
              LockedImageException.class,
              "Invalid password, cannot unlock any keyslot",
              0,
              patch -> patch.u64(EXTENSION + 8, length)));
    }
    cases.add(elsewhere("area behind the end", 1L << 40, true, "Volume is not in LUKS format"));
    cases.add(elsewhere("area of zeros", 2 << 16, true, "Volume is not in LUKS format"));
    // QEMU goes on with ": Input/output error".
    cases.add(elsewhere("area at 2^63", 1L << 63, false, "Could not read encryption header"));
    cases.add(
        elsewhere("area at the last cluster", -65536, false, "Could not read encryption header"));
  }

  private static LuksCase elsewhere(String name, long offset, boolean oracle, String text) {
    Qcow2Bytes image = sound();
    image.patch().u64(EXTENSION, offset);
    return new LuksCase(
        name, CorruptImageException.class, text, offset < 0 ? -1 : offset, image, oracle);
  }

  @FunctionalInterface
  private interface Damage {
    void apply(ImagePatch patch);
  }

  private static LuksCase corrupt(String name, String text, int field, long value, int told) {
    return oracle(
        name, CorruptImageException.class, text, told, patch -> patch.u32(at(field), value));
  }

  private static LuksCase name(String name, String value, int field, String text) {
    return text(name, value, field, UnsupportedImageException.class, text);
  }

  private static LuksCase text(
      String name, String value, int field, Class<? extends ImageException> type, String text) {
    return oracle(name, type, text, field, patch -> patch.text(at(field), value));
  }

  private static LuksCase oracle(
      String name, Class<? extends ImageException> type, String text, int told, Damage damage) {
    return of(name, type, text, told, damage, true);
  }

  private static LuksCase ours(
      String name, Class<? extends ImageException> type, String text, int told, Damage damage) {
    return of(name, type, text, told, damage, false);
  }

  private static LuksCase of(
      String name,
      Class<? extends ImageException> type,
      String text,
      int told,
      Damage damage,
      boolean oracle) {
    Qcow2Bytes image = sound();
    damage.apply(image.patch());
    return new LuksCase(name, type, text, at(told), image, oracle);
  }
}
