package io.diskimage.examples;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Images that are nothing but the name of their backing file. */
final class Overlays {
  private static final int CLUSTER = 4096;
  private static final int NAME = 1024;

  private Overlays() {}

  /** Writes an empty qcow2 image of version 2; an empty name is none. */
  static void write(Path file, String backing) throws IOException {
    byte[] name = backing.getBytes(StandardCharsets.UTF_8);
    ByteBuffer image = ByteBuffer.allocate(2 * CLUSTER);
    image.putInt(0, 0x514649fb).putInt(4, 2).putInt(20, 12).putLong(48, CLUSTER).putInt(56, 1);
    if (name.length > 0) {
      image.putLong(8, NAME).putInt(16, name.length).put(NAME, name);
    }
    Files.write(file, image.array());
  }
}
