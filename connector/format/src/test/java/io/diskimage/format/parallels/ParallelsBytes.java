package io.diskimage.format.parallels;

import io.diskimage.format.ImagePatch;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Composes Parallels images by parallels.md section 1. */
final class ParallelsBytes {
  static final int NONE = -1;

  /** Sectors of a cluster: the historic value that is no power of two. */
  static final int TRACKS = 63;

  static final int CLUSTER = TRACKS * 512;

  private static final int EXTENSION_HEADER = 24;

  private ParallelsBytes() {}

  /**
   * An image. Entries are numbers of stored clusters, which lie one behind the other; stored
   * cluster k has the content of seed k.
   *
   * @param version 1 with data behind the sector of the table, 2 with data behind its cluster
   * @param dataOff the field; 0 leaves it to version 1 to find the place itself
   */
  static byte[] image(int version, long sectors, int dataOff, int... table) {
    int stored = 0;
    for (int entry : table) {
      stored = Math.max(stored, entry + 1);
    }
    int dataStart = version == 1 ? Math.max(1, dataOff) : TRACKS;
    byte[] file = new byte[dataStart * 512 + stored * CLUSTER];
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .text(0, version == 1 ? "WithoutFreeSpace" : "WithouFreSpacExt")
            .u32(16, 2)
            .u32(20, 16)
            .u32(24, 77)
            .u32(28, TRACKS)
            .u32(32, table.length)
            .u64(36, sectors)
            .u32(48, dataOff);
    for (int i = 0; i < table.length; i++) {
      int cluster = version == 1 ? dataStart + table[i] * TRACKS : 1 + table[i];
      patch.u32(64 + 4 * i, table[i] == NONE ? 0 : cluster);
    }
    for (int cluster = 0; cluster < stored; cluster++) {
      patch.bytes(dataStart * 512 + cluster * CLUSTER, ImagePatch.content(cluster, CLUSTER));
    }
    return file;
  }

  /** What the guest sees of {@link #image}. */
  static byte[] guest(int sectors, int... table) {
    byte[] guest = new byte[table.length * CLUSTER];
    for (int i = 0; i < table.length; i++) {
      if (table[i] != NONE) {
        System.arraycopy(ImagePatch.content(table[i], CLUSTER), 0, guest, i * CLUSTER, CLUSTER);
      }
    }
    return Arrays.copyOf(guest, sectors * 512);
  }

  /** An image of version 2 with a format extension in one more cluster at its end. */
  static byte[] withExtension(byte[] image, byte[]... sections) {
    byte[] file = Arrays.copyOf(image, image.length + CLUSTER);
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .u64(56, image.length / 512)
            .u64(image.length, 0xab234cef23dcea87L);
    int at = image.length + EXTENSION_HEADER;
    for (byte[] section : sections) {
      patch.bytes(at, section);
      at += section.length;
    }
    sign(file);
    return file;
  }

  /** A section of the format extension, padded to 8 bytes. */
  static byte[] section(long magic, long flags, byte[] content) {
    byte[] section = new byte[24 + (content.length + 7) / 8 * 8];
    ImagePatch.littleEndian(section)
        .u64(0, magic)
        .u64(8, flags)
        .u32(16, content.length)
        .bytes(24, content);
    return section;
  }

  /** The section of a dirty bitmap. */
  static byte[] bitmap(long sectors, long granularity, int tableEntries) {
    byte[] content = new byte[32 + 8 * tableEntries];
    ImagePatch.littleEndian(content).u64(0, sectors).u32(24, granularity).u32(28, tableEntries);
    return section(0x20385fae252cb34aL, 0, content);
  }

  /** Makes the checksum of a format extension in the last cluster right again. */
  static void sign(byte[] file) {
    int start = file.length - CLUSTER;
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(file, start + EXTENSION_HEADER, CLUSTER - EXTENSION_HEADER);
      System.arraycopy(md5.digest(), 0, file, start + 8, 16);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Whether a file says that it has a format extension. */
  static boolean hasExtension(byte[] file) {
    return new String(file, 0, 16, StandardCharsets.US_ASCII).startsWith("With")
        && (file[56] | file[57]) != 0;
  }
}
