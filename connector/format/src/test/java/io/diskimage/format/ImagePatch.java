package io.diskimage.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Puts fields into an image that a test composes or damages; calls can be chained. */
public final class ImagePatch {
  private final ByteBuffer bytes;

  private ImagePatch(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** A patch of little-endian fields, in place. */
  public static ImagePatch littleEndian(byte[] file) {
    return new ImagePatch(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** A patch of big-endian fields, in place. */
  public static ImagePatch bigEndian(byte[] file) {
    return new ImagePatch(ByteBuffer.wrap(file).order(ByteOrder.BIG_ENDIAN));
  }

  public ImagePatch u8(int at, int value) {
    bytes.put(at, (byte) value);
    return this;
  }

  public ImagePatch u16(int at, int value) {
    bytes.putShort(at, (short) value);
    return this;
  }

  public ImagePatch u32(int at, long value) {
    bytes.putInt(at, (int) value);
    return this;
  }

  public ImagePatch u64(int at, long value) {
    bytes.putLong(at, value);
    return this;
  }

  public ImagePatch text(int at, String value) {
    bytes.put(at, value.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  public ImagePatch bytes(int at, byte[] value) {
    bytes.put(at, value);
    return this;
  }

  /** Content to tell places apart by: random, the same for the same seed. */
  public static byte[] content(int seed, int length) {
    byte[] content = new byte[length];
    new Random(seed).nextBytes(content);
    return content;
  }
}
