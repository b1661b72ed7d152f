package io.diskimage.format.oracle;

import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongToIntFunction;

/**
 * An image of any size: a header that {@code qemu-img} wrote, tables that are computed as they are
 * read, and no data.
 */
final class SkewedImage implements ImageInput {
  private static final long MIB = 1 << 20;
  private static final long SECTOR = 512;
  private static final long FIRST_L2 = 1L << 40;
  private static final long FIRST_DATA = 1L << 42;

  /** The largest number of blocks whose table has no more than 2 GiB, as QEMU wants it. */
  static final long MOST_BLOCKS = (1L << 29) - (1 << 10);

  private final String format;
  private final byte[] header;
  private final LongToIntFunction word;

  /**
   * An image.
   *
   * @param header what stands before the tables
   * @param word four bytes at a file offset behind the header, as a big-endian number
   */
  private SkewedImage(String format, byte[] header, LongToIntFunction word) {
    this.format = format;
    this.header = header;
    this.word = word;
  }

  /** Clusters of a qcow2 by the pattern; of its L2 tables all or only those with such a cluster. */
  static SkewedImage qcow2(Path directory, int clusterBits, long size, Skew skew, boolean allTables)
      throws IOException {
    byte[] header = header(directory, "qcow2", "cluster_size=" + (1L << clusterBits), size, 512);
    long l1At = ByteBuffer.wrap(header).getLong(40);
    long perTable = 1L << (clusterBits - 3);
    return new SkewedImage(
        "qcow2",
        header,
        position -> {
          long entry = 0;
          if (position >= FIRST_L2) {
            long cluster = (position - FIRST_L2) / 8;
            entry = skew.stored(cluster) ? FIRST_DATA + (cluster << clusterBits) : 0;
          } else if (position >= l1At) {
            long first = (position - l1At) / 8 * perTable;
            entry = allTables || skew.storedIn(first, first + perTable) ? FIRST_L2 + first * 8 : 0;
          }
          return (int) (position % 8 == 0 ? entry >> 32 : entry);
        });
  }

  static SkewedImage vhd(Path directory, long size, Skew skew) throws IOException {
    int tableAt = 1536;
    return new SkewedImage(
        "vpc",
        header(directory, "vpc", "force_size=on", size, tableAt),
        position -> {
          long block = (position - tableAt) / 4;
          return skew.stored(block) ? (int) (16384 + block * 4097) : -1;
        });
  }

  static SkewedImage vdi(Path directory, long blocks, Skew skew) throws IOException {
    int tableAt = 512;
    byte[] header = header(directory, "vdi", "", MIB, tableAt);
    ImagePatch.littleEndian(header)
        .u32(0x158, up(tableAt + 4 * blocks, SECTOR))
        .u64(0x170, blocks * MIB)
        .u32(0x180, blocks)
        .u32(0x184, skew.total());
    return new SkewedImage(
        "vdi",
        header,
        position -> {
          long block = (position - tableAt) / 4;
          return skew.stored(block) ? Integer.reverseBytes((int) block) : -1;
        });
  }

  static SkewedImage parallels(Path directory, long blocks, Skew skew) throws IOException {
    int tableAt = 64;
    long first = up(tableAt + 4 * blocks, MIB) / MIB;
    byte[] header = header(directory, "parallels", "", MIB, tableAt);
    ImagePatch.littleEndian(header)
        .u32(32, blocks)
        .u64(36, blocks * MIB / SECTOR)
        .u32(48, first * MIB / SECTOR);
    return new SkewedImage(
        "parallels",
        header,
        position -> {
          long block = (position - tableAt) / 4;
          return skew.stored(block) ? Integer.reverseBytes((int) (first + block)) : 0;
        });
  }

  private static byte[] header(Path directory, String format, String options, long size, int bytes)
      throws IOException {
    Path image = Files.createTempFile(directory, "header", "." + format);
    QemuImg.create(format, options, image, Long.toString(size));
    try (InputStream in = Files.newInputStream(image)) {
      return in.readNBytes(bytes);
    }
  }

  private static long up(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }

  /** The driver's name. */
  @Override
  public String location() {
    return format;
  }

  @Override
  public long length() {
    return 1L << 60;
  }

  @Override
  public long modificationTime() {
    return 0;
  }

  @Override
  public void requireUnchanged() {
    // Computed bytes never change.
  }

  @Override
  public int read(long position, ByteBuffer target) {
    int count = target.remaining();
    for (long at = position; target.hasRemaining(); ) {
      if (at < header.length) {
        target.put(header[(int) at++]);
      } else if (target.remaining() >= 4) {
        target.putInt(word.applyAsInt(at));
        at += 4;
      } else {
        target.put((byte) 0);
      }
    }
    return count;
  }

  @Override
  public void close() {
    // Nothing is held open.
  }
}
