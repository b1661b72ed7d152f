package io.diskimage.format.oracle.damage;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Random;

/** Makes of an image that QEMU creates the other kinds of Parallels images, which it only reads. */
final class ParallelsVariants {
  private static final int SECTOR = 512;
  private static final int HEADER = 64;
  private static final int CHECKSUM_END = 24;
  private static final long EXTENSION_MAGIC = 0xab234cef23dcea87L;
  private static final long BITMAP_MAGIC = 0x20385fae252cb34aL;

  private ParallelsVariants() {}

  static void apply(String name, ImageBytes image) {
    Random random = new Random(name.hashCode());
    if (random.nextInt(3) == 0) {
      toVersion1(image);
    }
    if (random.nextInt(4) == 0 && image.number(28, 4) > 1) {
      addExtension(image);
    }
  }

  /** parallels.md section 1.2: entries count sectors, not clusters. */
  private static void toVersion1(ImageBytes image) {
    image.write(0, "WithoutFreeSpace".getBytes(StandardCharsets.US_ASCII));
    long tracks = image.number(28, 4);
    for (long i = 0; i < image.number(32, 4); i++) {
      image.number(HEADER + 4 * i, 4, image.number(HEADER + 4 * i, 4) * tracks);
    }
  }

  /** parallels.md section 1.4: a cluster at the end, with the bitmap of a disk without changes. */
  private static void addExtension(ImageBytes image) {
    int clusterSize = (int) image.number(28, 4) * SECTOR;
    long at = Qcow2Layout.up(image.length(), clusterSize);
    image.resize(at + clusterSize);
    image.number(56, 8, at / SECTOR);
    image.number(at, 8, EXTENSION_MAGIC);
    long section = at + CHECKSUM_END;
    image.number(section, 8, BITMAP_MAGIC);
    image.number(section + 16, 4, 32 + 8);
    long sectors = image.number(36, 8);
    image.number(section + 24, 8, sectors);
    // So few bits that one cluster holds them.
    image.number(section + 48, 4, 1 << 10);
    image.number(section + 52, 4, 1);
    sign(image, at, clusterSize);
  }

  private static void sign(ImageBytes image, long at, int clusterSize) {
    byte[] cluster = new byte[clusterSize];
    for (int i = 0; i < clusterSize; i++) {
      cluster[i] = (byte) image.number(at + i, 1);
    }
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      image.write(at + 8, md5.digest(Arrays.copyOfRange(cluster, CHECKSUM_END, clusterSize)));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
