package io.diskimage.format.parallels;

import io.diskimage.format.Bytes;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.ImageTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Random;

/**
 * Composes a format extension in clusters behind an image (parallels.md section 1.4). Parts of
 * bitmaps that are all alike are stored at random with bits or without.
 */
final class ExtensionBytes {
  static final long BITMAP = 0x20385fae252cb34aL;

  private static final int HEAD = 24;

  private final ImageTarget file;
  private final int cluster;
  private final Random random;
  private final ByteArrayOutputStream sections = new ByteArrayOutputStream();

  ExtensionBytes(ImageTarget file, Random random) throws IOException {
    this.file = file;
    this.cluster = (int) header(file).clusterBytes();
    this.random = random;
  }

  static ParallelsHeader header(ImageTarget file) throws IOException {
    byte[] bytes = new byte[ParallelsHeader.BYTES];
    file.readPadded(0, bytes, 0, bytes.length);
    return ParallelsHeader.parse(bytes);
  }

  /** Stores a bitmap. */
  ExtensionBytes with(ModelledBitmap bitmap, long flags) throws IOException {
    byte[] bits = bitmap.stored();
    int parts = (bits.length + cluster - 1) / cluster;
    byte[] content = new byte[32 + 8 * parts];
    ImagePatch patch =
        ImagePatch.littleEndian(content)
            .u64(0, bitmap.sectors())
            .u32(24, bitmap.granularity())
            .u32(28, parts);
    Bytes.putU64be(content, 8, bitmap.id().getMostSignificantBits());
    Bytes.putU64be(content, 16, bitmap.id().getLeastSignificantBits());
    if (file.length() == DirtyBitmap.ALL_DIRTY * 512) {
      // A part in that sector could not be told from bits that are all set.
      file.setLength(file.length() + cluster);
    }
    for (int i = 0; i < parts; i++) {
      byte[] part = Arrays.copyOf(Arrays.copyOfRange(bits, i * cluster, bits.length), cluster);
      int alike = part[0];
      for (byte each : part) {
        alike = each == part[0] ? alike : 1;
      }
      boolean plain = random.nextBoolean() && (alike == 0 || alike == -1);
      patch.u64(32 + 8 * i, plain ? -alike : append(part));
    }
    return with(BITMAP, flags, content);
  }

  /** Adds a section as it is. */
  ExtensionBytes with(long magic, long flags, byte[] content) {
    sections.writeBytes(ParallelsBytes.section(magic, flags, content));
    return this;
  }

  /** The sections as they stand behind the head of the extension, and zeros. */
  byte[] sections() {
    return Arrays.copyOf(sections.toByteArray(), cluster - HEAD);
  }

  /** Appends the extension, which the header then names. */
  void store() throws IOException {
    byte[] extension = new byte[cluster];
    ImagePatch.littleEndian(extension).u64(0, 0xab234cef23dcea87L).bytes(HEAD, sections());
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(extension, HEAD, cluster - HEAD);
      System.arraycopy(md5.digest(), 0, extension, 8, 16);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
    byte[] named = new byte[8];
    Bytes.putU64le(named, 0, append(extension));
    file.write(ParallelsHeader.EXT_OFF_AT, named, 0, named.length);
  }

  /** Returns the sector of the new cluster. */
  private long append(byte[] bytes) throws IOException {
    long at = file.length();
    file.write(at, bytes, 0, bytes.length);
    return at / 512;
  }
}
