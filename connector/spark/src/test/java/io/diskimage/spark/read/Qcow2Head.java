package io.diskimage.spark.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** An empty qcow2 image of version 3 that names other files (qcow2.md sections 1.1 and 1.3). */
public final class Qcow2Head {
  private static final int CLUSTER = 4096;
  private static final int EXTENSIONS = 112;
  private static final int NAME = 1024;

  private Qcow2Head() {}

  /**
   * A disk of 1 MiB without clusters, over a backing file of a recorded format (section 1.3).
   *
   * @param backing name, empty for none
   */
  public static Path overlay(Path file, String backing, String format) throws IOException {
    byte[] name = format.getBytes(StandardCharsets.UTF_8);
    ByteBuffer image =
        ByteBuffer.wrap(Arrays.copyOf(Files.readAllBytes(backed(file, backing)), 3 * CLUSTER));
    image.putLong(24, 1 << 20).putInt(36, 1).putLong(40, 2 * CLUSTER);
    image.putInt(EXTENSIONS, 0xe2792aca).putInt(EXTENSIONS + 4, name.length);
    image.put(EXTENSIONS + 8, name);
    return Files.write(file, image.array());
  }

  /** An image over a backing file, whose format is not recorded. */
  public static Path backed(Path file, String backing) throws IOException {
    return write(file, backing, null);
  }

  /**
   * An image.
   *
   * @param backing name, empty for none
   * @param dataFile name, null for none
   */
  static Path write(Path file, String backing, String dataFile) throws IOException {
    byte[] name = backing.getBytes(StandardCharsets.UTF_8);
    ByteBuffer image = ByteBuffer.allocate(2 * CLUSTER);
    image.putInt(0, 0x514649fb).putInt(4, 3);
    if (name.length > 0) {
      image.putLong(8, NAME).putInt(16, name.length).put(NAME, name);
    }
    image.putInt(20, 12).putLong(48, CLUSTER).putInt(56, 1);
    image.putInt(96, 4).putInt(100, EXTENSIONS);
    if (dataFile != null) {
      byte[] text = dataFile.getBytes(StandardCharsets.UTF_8);
      image.putLong(72, 4).putInt(EXTENSIONS, 0x44415441).putInt(EXTENSIONS + 4, text.length);
      image.put(EXTENSIONS + 8, text);
    }
    return Files.write(file, image.array());
  }

  /** An image with a bitmap that is enabled and in use, 64 KiB for a bit (section 1.8). */
  static Path withBitmap(Path file, String name) throws IOException {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    int length = (24 + text.length + 7) / 8 * 8;
    ByteBuffer image =
        ByteBuffer.wrap(Arrays.copyOf(Files.readAllBytes(backed(file, "")), 3 * CLUSTER));
    image.putLong(88, 1).putInt(EXTENSIONS, 0x23852875).putInt(EXTENSIONS + 4, 24);
    image.putInt(EXTENSIONS + 8, 1).putLong(EXTENSIONS + 16, length);
    image.putLong(EXTENSIONS + 24, 2 * CLUSTER);
    int entry = 2 * CLUSTER;
    image.putLong(entry, CLUSTER).putInt(entry + 8, 1).putInt(entry + 12, 3);
    image.put(entry + 16, (byte) 1).put(entry + 17, (byte) 16);
    image.putShort(entry + 18, (short) text.length).put(entry + 24, text);
    return Files.write(file, image.array());
  }
}
