package io.diskimage.format.qcow2;

import com.github.luben.zstd.Zstd;
import io.diskimage.format.BytesImageInput;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * A qcow2 image composed field by field (qcow2.md section 1). Clusters: 0 header, 1 refcount table,
 * 2 refcount block, 3 the L1 table, from 4 on the L2 tables, behind them what a test puts there.
 */
final class Qcow2Bytes {
  static final String NAME = "image.qcow2";
  static final int EXTENSIONS_V3 = 112;

  static final long COMPRESSED = 1L << 62;
  static final long COPIED = 1L << 63;
  static final long ZERO = 1;

  private static final int L1_CLUSTER = 3;
  private static final int FIRST_L2_CLUSTER = 4;

  private final int clusterBits;
  private final int l1Entries;
  private byte[] file;

  private Qcow2Bytes(int version, int clusterBits, long size) {
    this.clusterBits = clusterBits;
    long coverage = 1L << (2 * clusterBits - 3);
    this.l1Entries = (int) ((size + coverage - 1) / coverage);
    this.file = new byte[clusterSize() * (FIRST_L2_CLUSTER + l1Entries)];
    patch()
        .u32(0, Qcow2Header.MAGIC)
        .u32(4, version)
        .u32(20, clusterBits)
        .u64(24, size)
        .u32(36, l1Entries)
        .u64(40, (long) L1_CLUSTER * clusterSize())
        .u64(48, clusterSize())
        .u32(56, 1);
    if (version >= 3) {
      patch().u32(96, 4).u32(100, EXTENSIONS_V3);
    }
    for (int i = 0; i < l1Entries; i++) {
      patch().u64(l1At(i), COPIED | (long) (FIRST_L2_CLUSTER + i) * clusterSize());
    }
  }

  /** An image without data whose L2 tables are all there. */
  static Qcow2Bytes v3(int clusterBits, long size) {
    return new Qcow2Bytes(3, clusterBits, size);
  }

  /** As {@link #v3}, of version 2. */
  static Qcow2Bytes v2(int clusterBits, long size) {
    return new Qcow2Bytes(2, clusterBits, size);
  }

  int clusterSize() {
    return 1 << clusterBits;
  }

  ImagePatch patch() {
    return ImagePatch.bigEndian(file);
  }

  /** Host offset of an L1 entry. */
  int l1At(int index) {
    return L1_CLUSTER * clusterSize() + 8 * index;
  }

  /** Host offset of the L2 entry of a guest cluster. */
  int l2At(int guestCluster) {
    return FIRST_L2_CLUSTER * clusterSize() + 8 * guestCluster;
  }

  /** Sets the L2 entry of a guest cluster. */
  Qcow2Bytes map(int guestCluster, long entry) {
    patch().u64(l2At(guestCluster), entry);
    return this;
  }

  /** Appends bytes at the end of the file, completed to a cluster; returns their host offset. */
  int append(byte[] content) {
    int at = file.length;
    int length = (content.length + clusterSize() - 1) / clusterSize() * clusterSize();
    file = Arrays.copyOf(file, at + length);
    patch().bytes(at, content);
    return at;
  }

  /** Stores a guest cluster as it is. */
  Qcow2Bytes store(int guestCluster, byte[] content) {
    return map(guestCluster, COPIED | append(content));
  }

  /**
   * Stores a guest cluster as a stream {@code lead} bytes behind the start of a cluster; returns
   * the stream's host offset.
   */
  int storeStream(int guestCluster, byte[] stream, int lead) {
    byte[] placed = new byte[lead + stream.length];
    System.arraycopy(stream, 0, placed, lead, stream.length);
    int at = append(placed) + lead;
    map(guestCluster, descriptor(at, stream.length));
    return at;
  }

  /** The entry of a stream (qcow2.md section 1.5). */
  long descriptor(long at, int length) {
    long additionalSectors = (at + length - 1) / 512 - at / 512;
    return COMPRESSED | additionalSectors << (62 - (clusterBits - 8)) | at;
  }

  /** Makes zstd the compression of the image. */
  Qcow2Bytes zstd() {
    patch().u8(104, 1).u64(72, 8);
    return this;
  }

  static byte[] deflate(byte[] content) {
    Deflater deflater = new Deflater(6, true);
    deflater.setInput(content);
    deflater.finish();
    byte[] stream = new byte[content.length + 64];
    int length = deflater.deflate(stream);
    deflater.end();
    return Arrays.copyOf(stream, length);
  }

  static byte[] zstd(byte[] content) {
    return Zstd.compress(content);
  }

  /** A header extension with its padding (qcow2.md section 1.3). */
  static byte[] extension(long type, byte[] content) {
    byte[] extension = new byte[8 + (content.length + 7) / 8 * 8];
    ImagePatch.bigEndian(extension).u32(0, type).u32(4, content.length).bytes(8, content);
    return extension;
  }

  byte[] file() {
    return file;
  }

  ImageInput input() {
    return new BytesImageInput(NAME, file);
  }

  DiskImage open(Purpose purpose) throws IOException {
    return open(input(), purpose);
  }

  static DiskImage open(ImageInput input, Purpose purpose) throws IOException {
    return new Qcow2Format().open(input, OpenOptions.of(purpose));
  }
}
