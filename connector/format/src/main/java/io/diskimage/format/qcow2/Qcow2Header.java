package io.diskimage.format.qcow2;

import io.diskimage.format.ImageInfo;
import java.io.IOException;

/**
 * The header's raw values (qcow2.md section 1.1); unsigned 64-bit fields keep their bits. A version
 * 2 header has the values that version implies. Nothing here is validated: {@link HeaderChecks}
 * does that.
 */
record Qcow2Header(
    long magic,
    long version,
    long backingFileOffset,
    long backingFileSize,
    long clusterBits,
    long size,
    long cryptMethod,
    long l1Size,
    long l1TableOffset,
    long refcountTableOffset,
    long refcountTableClusters,
    long snapshotCount,
    long snapshotsOffset,
    long incompatibleFeatures,
    long compatibleFeatures,
    long autoclearFeatures,
    long refcountOrder,
    long headerLength,
    int compressionType) {

  static final long MAGIC = 0x514649fbL;

  static final int MIN_CLUSTER_BITS = 9;
  static final int MAX_CLUSTER_BITS = 21;
  static final int V2_HEADER_LENGTH = 72;
  static final int V3_MIN_HEADER_LENGTH = 104;

  static final long INCOMPATIBLE_DIRTY = 1;
  static final long INCOMPATIBLE_CORRUPT = 1 << 1;
  static final long INCOMPATIBLE_DATA_FILE = 1 << 2;
  static final long INCOMPATIBLE_COMPRESSION_TYPE = 1 << 3;
  static final long INCOMPATIBLE_EXTENDED_L2 = 1 << 4;
  static final long INCOMPATIBLE_KNOWN = 0x1f;
  static final long COMPATIBLE_LAZY_REFCOUNTS = 1;
  static final long AUTOCLEAR_BITMAPS = 1;
  static final long AUTOCLEAR_RAW_DATA_FILE = 1 << 1;

  static final int CRYPT_NONE = 0;
  static final int CRYPT_AES = 1;
  static final int CRYPT_LUKS = 2;

  static final int COMPRESSION_ZLIB = 0;
  static final int COMPRESSION_ZSTD = 1;

  /** Where the incompatible features stand. */
  static final int CRYPT_METHOD_AT = 32;

  static final int FEATURES_AT = 72;

  private static final int COMPRESSION_TYPE_AT = 104;

  static Qcow2Header parse(ByteWindow bytes) throws IOException {
    long magic = bytes.u32(0);
    long version = bytes.u32(4);
    boolean v3 = version >= 3;
    long headerLength = v3 ? bytes.u32(100) : V2_HEADER_LENGTH;
    return new Qcow2Header(
        magic,
        version,
        bytes.u64(8),
        bytes.u32(16),
        bytes.u32(20),
        bytes.u64(24),
        bytes.u32(32),
        bytes.u32(36),
        bytes.u64(40),
        bytes.u64(48),
        bytes.u32(56),
        bytes.u32(60),
        bytes.u64(64),
        v3 ? bytes.u64(72) : 0,
        v3 ? bytes.u64(80) : 0,
        v3 ? bytes.u64(88) : 0,
        v3 ? bytes.u32(96) : 4,
        headerLength,
        headerLength > COMPRESSION_TYPE_AT ? bytes.u8(COMPRESSION_TYPE_AT) : COMPRESSION_ZLIB);
  }

  /** This header with another size and place of the active L1 table. */
  Qcow2Header withDisk(long newSize, long newL1Size, long newL1TableOffset) {
    return with(cryptMethod, newSize, newL1Size, newL1TableOffset);
  }

  /** This header of an image that is encrypted. */
  Qcow2Header withCryptMethod(long method) {
    return with(method, size, l1Size, l1TableOffset);
  }

  private Qcow2Header with(
      long newCryptMethod, long newSize, long newL1Size, long newL1TableOffset) {
    return new Qcow2Header(
        magic,
        version,
        backingFileOffset,
        backingFileSize,
        clusterBits,
        newSize,
        newCryptMethod,
        newL1Size,
        newL1TableOffset,
        refcountTableOffset,
        refcountTableClusters,
        snapshotCount,
        snapshotsOffset,
        incompatibleFeatures,
        compatibleFeatures,
        autoclearFeatures,
        refcountOrder,
        headerLength,
        compressionType);
  }

  /** Cluster size in bytes; only of validated cluster bits. */
  int clusterSize() {
    return 1 << (int) clusterBits;
  }

  /** Virtual size in bytes, floored to sectors. */
  long virtualSize() {
    return size & -512L;
  }

  boolean has(long incompatibleFeature) {
    return (incompatibleFeatures & incompatibleFeature) != 0;
  }

  boolean extendedL2() {
    return has(INCOMPATIBLE_EXTENDED_L2);
  }

  boolean dataFile() {
    return has(INCOMPATIBLE_DATA_FILE);
  }

  boolean backed() {
    return backingFileOffset != 0;
  }

  /** Guest bytes that one L2 table maps, as a power of two. */
  int l2CoverageBits() {
    int entryBits = extendedL2() ? 4 : 3;
    return (int) clusterBits * 2 - entryBits;
  }

  void describe(ImageInfo.Builder info) {
    info.header("version", version)
        .header("backing_file_offset", Long.toUnsignedString(backingFileOffset))
        .header("backing_file_size", backingFileSize)
        .header("cluster_bits", clusterBits)
        .header("size", Long.toUnsignedString(size))
        .header("crypt_method", cryptMethod)
        .header("l1_size", l1Size)
        .header("l1_table_offset", Long.toUnsignedString(l1TableOffset))
        .header("refcount_table_offset", Long.toUnsignedString(refcountTableOffset))
        .header("refcount_table_clusters", refcountTableClusters)
        .header("nb_snapshots", snapshotCount)
        .header("snapshots_offset", Long.toUnsignedString(snapshotsOffset))
        .header("incompatible_features", Long.toUnsignedString(incompatibleFeatures))
        .header("compatible_features", Long.toUnsignedString(compatibleFeatures))
        .header("autoclear_features", Long.toUnsignedString(autoclearFeatures))
        .header("refcount_order", refcountOrder)
        .header("header_length", headerLength)
        .header("compression_type", compressionType);
  }
}
