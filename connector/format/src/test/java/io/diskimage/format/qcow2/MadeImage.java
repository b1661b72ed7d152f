package io.diskimage.format.qcow2;

import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * An image that {@code qemu-img} made, to be damaged in fields that are found by following its
 * tables (qcow2.md section 1). Calls can be chained.
 */
final class MadeImage {
  static final long COPIED = 1L << 63;
  static final long COMPRESSED = 1L << 62;

  private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;

  private final Path file;

  private MadeImage(Path file) {
    this.file = file;
  }

  /**
   * Creates an image.
   *
   * @param options as after {@code -o}, or empty
   * @param commands of {@code qemu-io}
   */
  static MadeImage create(Path file, String options, String size, String... commands) {
    QemuImg.create("qcow2", options, file, size);
    return new MadeImage(file).io(commands);
  }

  /** An image that exists. */
  static MadeImage of(Path file) {
    return new MadeImage(file);
  }

  MadeImage io(String... commands) {
    if (commands.length > 0) {
      QemuImg.io("qcow2", file, Arrays.asList(commands));
    }
    return this;
  }

  MadeImage snapshot(String name) {
    QemuImg.run("snapshot", "-c", name, file.toString());
    return this;
  }

  MadeImage bitmap(String name) {
    QemuImg.run("bitmap", "--add", file.toString(), name);
    return this;
  }

  Path file() {
    return file;
  }

  long u64(long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(bytes, at);
    }
    return bytes.getLong(0);
  }

  long u32(long at) throws IOException {
    return u64(at) >>> 32;
  }

  MadeImage u64(long at, long value) throws IOException {
    return put(at, ByteBuffer.allocate(8).putLong(0, value));
  }

  MadeImage u32(long at, long value) throws IOException {
    return put(at, ByteBuffer.allocate(4).putInt(0, (int) value));
  }

  MadeImage u16(long at, int value) throws IOException {
    return put(at, ByteBuffer.allocate(2).putShort(0, (short) value));
  }

  private MadeImage put(long at, ByteBuffer bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(bytes, at);
    }
    return this;
  }

  MadeImage length(long bytes) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(bytes);
    }
    return this;
  }

  int clusterBits() throws IOException {
    return (int) u32(20);
  }

  /** Host offset of an L1 entry. */
  long l1(int index) throws IOException {
    return u64(40) + 8L * index;
  }

  /** Host offset of the L2 entry of a guest cluster. */
  long l2(int guestCluster) throws IOException {
    boolean extended = u32(4) >= 3 && (u64(72) & 16) != 0;
    int bytes = extended ? 16 : 8;
    int entries = (1 << clusterBits()) / bytes;
    return (u64(l1(guestCluster / entries)) & OFFSET) + (long) guestCluster % entries * bytes;
  }

  /** Host offset that an L2 entry names. */
  long cluster(int guestCluster) throws IOException {
    return u64(l2(guestCluster)) & OFFSET;
  }

  /** Host offset of an entry of the refcount table. */
  long refcountEntry(int index) throws IOException {
    return u64(48) + 8L * index;
  }

  /** Host offset of a count of 16 bits in the first block. */
  long count(long cluster) throws IOException {
    return u64(refcountEntry(0)) + 2 * cluster;
  }

  /** Host offset of the first snapshot's table entry. */
  long snapshots() throws IOException {
    return u64(64);
  }

  /** Host offset of the bitmaps extension's data. */
  long bitmapExtension() throws IOException {
    long at = u32(100);
    while (u32(at) != HeaderExtensions.BITMAPS) {
      at += 8 + (u32(at + 4) + 7) / 8 * 8;
    }
    return at + 8;
  }

  /** Host offset of the first bitmap's directory entry. */
  long bitmaps() throws IOException {
    return u64(bitmapExtension() + 16);
  }
}
