package io.diskimage.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Endian reads and writes in arrays; an index outside the array is a programming error, never the
 * image's.
 */
public final class Bytes {
  private static final VarHandle BE16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle BE32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle BE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LE16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LE32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  /** Unsigned byte. */
  public static int u8(byte[] bytes, int offset) {
    return bytes[offset] & 0xff;
  }

  /** Unsigned 16 bits, big-endian. */
  public static int u16be(byte[] bytes, int offset) {
    return (short) BE16.get(bytes, offset) & 0xffff;
  }

  /** Unsigned 32 bits, big-endian. */
  public static long u32be(byte[] bytes, int offset) {
    return (int) BE32.get(bytes, offset) & 0xffff_ffffL;
  }

  /** 64 bits, big-endian; the sign bit is the top bit of an unsigned value. */
  public static long u64be(byte[] bytes, int offset) {
    return (long) BE64.get(bytes, offset);
  }

  /** Unsigned 16 bits, little-endian. */
  public static int u16le(byte[] bytes, int offset) {
    return (short) LE16.get(bytes, offset) & 0xffff;
  }

  /** Unsigned 32 bits, little-endian. */
  public static long u32le(byte[] bytes, int offset) {
    return (int) LE32.get(bytes, offset) & 0xffff_ffffL;
  }

  /** 64 bits, little-endian; the sign bit is the top bit of an unsigned value. */
  public static long u64le(byte[] bytes, int offset) {
    return (long) LE64.get(bytes, offset);
  }

  /** Stores 16 bits, big-endian. */
  public static void putU16be(byte[] bytes, int offset, int value) {
    BE16.set(bytes, offset, (short) value);
  }

  /** Stores 32 bits, big-endian. */
  public static void putU32be(byte[] bytes, int offset, long value) {
    BE32.set(bytes, offset, (int) value);
  }

  /** Stores 64 bits, big-endian. */
  public static void putU64be(byte[] bytes, int offset, long value) {
    BE64.set(bytes, offset, value);
  }

  /** Stores 16 bits, little-endian. */
  public static void putU16le(byte[] bytes, int offset, int value) {
    LE16.set(bytes, offset, (short) value);
  }

  /** Stores 32 bits, little-endian. */
  public static void putU32le(byte[] bytes, int offset, long value) {
    LE32.set(bytes, offset, (int) value);
  }

  /** Stores 64 bits, little-endian. */
  public static void putU64le(byte[] bytes, int offset, long value) {
    LE64.set(bytes, offset, value);
  }

  /** Text of at most {@code length} bytes in UTF-8, ending at the first zero byte. */
  public static String text(byte[] bytes, int offset, int length) {
    int end = offset;
    while (end < offset + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, offset, end - offset, StandardCharsets.UTF_8);
  }
}
