package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.Purpose;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;

/**
 * Validation of the header, row by row of qcow2.md section 2 and with its texts. Writable rows
 * belong to the writer.
 */
final class HeaderChecks {
  static final long MAX_L1_BYTES = 32L << 20;
  private static final long MAX_REFCOUNT_TABLE_BYTES = 8L << 20;

  /** Behind it no request reaches: QEMU refuses it before the file is asked. */
  private static final long MAX_FILE_BYTES = Long.MAX_VALUE & -(1L << 30);

  private static final long MAX_SNAPSHOTS = 65536;
  private static final long SNAPSHOT_HEADER_BYTES = 40;
  private static final int MAX_BACKING_NAME = 1023;

  private final Qcow2Header header;
  private final ImageInput input;
  private final Purpose purpose;

  /** Reads the feature name table; asked only when a feature is unknown. */
  @FunctionalInterface
  interface FeatureNameSource {
    FeatureNames read() throws IOException;
  }

  HeaderChecks(Qcow2Header header, ImageInput input, Purpose purpose) {
    this.header = header;
    this.input = input;
    this.purpose = purpose;
  }

  /** Rows 2 to 21. */
  void beforeExtensions(FeatureNameSource names) throws IOException {
    if (header.magic() != Qcow2Header.MAGIC) {
      throw new NotAnImageException(input.location(), 0, "Image is not in qcow2 format");
    }
    if (header.version() < 2 || header.version() > 3) {
      throw new UnsupportedImageException(
          input.location(), 4, "Unsupported qcow2 version " + header.version());
    }
    headerSize();
    compression();
    features(names);
    require(
        !header.extendedL2() || header.clusterSize() / 32 >= 512,
        20,
        "Unsupported subcluster size: " + header.clusterSize() / 32);
    require(
        header.refcountOrder() <= 6,
        96,
        "Reference count entry width too large; may not exceed 64 bits");
    tables();
    if (header.cryptMethod() > Qcow2Header.CRYPT_LUKS) {
      throw new UnsupportedImageException(
          input.location(), 32, "Unsupported encryption method " + (int) header.cryptMethod());
    }
  }

  private void headerSize() throws ImageException {
    require(
        header.clusterBits() >= Qcow2Header.MIN_CLUSTER_BITS
            && header.clusterBits() <= Qcow2Header.MAX_CLUSTER_BITS,
        20,
        "Unsupported cluster size: 2^" + header.clusterBits());
    if (header.version() >= 3) {
      require(
          header.headerLength() >= Qcow2Header.V3_MIN_HEADER_LENGTH, 100, "qcow2 header too short");
    }
    require(
        header.headerLength() <= header.clusterSize(), 100, "qcow2 header exceeds cluster size");
    require(
        Long.compareUnsigned(header.backingFileOffset(), header.clusterSize()) <= 0,
        8,
        "Invalid backing file offset");
  }

  private void compression() throws ImageException {
    boolean announced = header.has(Qcow2Header.INCOMPATIBLE_COMPRESSION_TYPE);
    if (header.compressionType() > Qcow2Header.COMPRESSION_ZSTD) {
      throw new UnsupportedImageException(
          input.location(), 104, "qcow2: unknown compression type: " + header.compressionType());
    }
    if (header.compressionType() == Qcow2Header.COMPRESSION_ZLIB) {
      require(!announced, 72, "qcow2: Compression type incompatible feature bit must not be set");
    } else {
      require(announced, 72, "qcow2: Compression type incompatible feature bit must be set");
    }
  }

  private void features(FeatureNameSource names) throws IOException {
    long unknown = header.incompatibleFeatures() & ~Qcow2Header.INCOMPATIBLE_KNOWN;
    if (unknown != 0) {
      throw new UnsupportedImageException(
          input.location(),
          72,
          "Unsupported qcow2 feature(s): " + names.read().ofIncompatible(unknown));
    }
  }

  private void tables() throws ImageException {
    long clusterSize = header.clusterSize();
    require(
        header.refcountTableClusters() > 0 || purpose == Purpose.CHECK,
        56,
        "Image does not contain a reference count table");
    require(
        header.refcountTableClusters() <= MAX_REFCOUNT_TABLE_BYTES / clusterSize,
        56,
        "Reference count table too large");
    require(
        validTable(
            header.refcountTableOffset(),
            header.refcountTableClusters() * clusterSize,
            clusterSize),
        48,
        "Reference count table offset invalid");
    if (purpose != Purpose.CHECK) {
      require(header.snapshotCount() <= MAX_SNAPSHOTS, 60, "Snapshot table too large");
      require(
          validTable(
              header.snapshotsOffset(),
              header.snapshotCount() * SNAPSHOT_HEADER_BYTES,
              clusterSize),
          64,
          "Snapshot table offset invalid");
    }
    require(header.l1Size() <= MAX_L1_BYTES / 8, 36, "Active L1 table too large");
    require(
        validTable(header.l1TableOffset(), header.l1Size() * 8, clusterSize),
        40,
        "Active L1 table offset invalid");
    long needed = l1Entries(header.size(), header);
    require(needed <= Integer.MAX_VALUE, 24, "Image is too big");
    require(header.l1Size() >= needed, 36, "L1 table is too small");
    if (purpose == Purpose.CHECK) {
      requireAddressable();
    } else {
      requireStored(input, header.l1TableOffset(), header.l1Size(), 40, "Active L1 table");
    }
  }

  /** Rows 20 and 22 for a check, which takes what the file does not have for zeros. */
  private void requireAddressable() throws ImageException {
    require(
        addressable(header.l1TableOffset(), header.l1Size() * L1Table.ENTRY_BYTES),
        40,
        "Could not read L1 table");
    require(
        addressable(
            header.refcountTableOffset(), header.refcountTableClusters() * header.clusterSize()),
        48,
        "Could not initialize refcount handling");
  }

  /**
   * Refuses an L1 table that the file does not have whole. QEMU reads what is missing as zeros and
   * so shows a cut image as one without data.
   */
  static void requireStored(ImageInput input, long offset, long entries, long fieldAt, String table)
      throws TruncatedImageException {
    if (offset > input.sectorLength() - entries * L1Table.ENTRY_BYTES && entries > 0) {
      throw new TruncatedImageException(
          input.location(), fieldAt, table + " lies behind the end of the file");
    }
  }

  /** L1 entries that a disk of an unsigned size needs. */
  static long l1Entries(long size, Qcow2Header header) {
    int bits = header.l2CoverageBits();
    return (size >>> bits) + ((size & ((1L << bits) - 1)) == 0 ? 0 : 1);
  }

  /** Whether a table is cluster aligned and does not wrap. */
  static boolean validTable(long offset, long bytes, long clusterSize) {
    return Long.compareUnsigned(offset, Long.MAX_VALUE - bytes) <= 0 && offset % clusterSize == 0;
  }

  /** Whether QEMU can ask for bytes at all, be they in the file or behind its end. */
  static boolean addressable(long offset, long bytes) {
    return offset >= 0 && bytes <= MAX_FILE_BYTES && offset <= MAX_FILE_BYTES - bytes;
  }

  /** Rows 24 and 25: what must stand behind the header. */
  void afterExtensions(HeaderExtensions extensions) throws ImageException {
    boolean rawDataFile = (header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_RAW_DATA_FILE) != 0;
    require(
        purpose == Purpose.INFO || header.dataFile() || !rawDataFile,
        88,
        "data-file-raw requires a data file");
    require(
        header.cryptMethod() != Qcow2Header.CRYPT_LUKS || extensions.encryptionHeader(),
        32,
        "Missing CRYPTO header for crypt method " + header.cryptMethod());
    // A check needs the data file's name, and opens neither it nor anything encrypted.
    require(
        purpose == Purpose.INFO || !header.dataFile() || extensions.dataFile() != null,
        72,
        "'data-file' is required for this image");
  }

  /** Row 26: the backing file's name, null for none. */
  String backingFile(ByteWindow bytes) throws IOException {
    if (!header.backed()) {
      return null;
    }
    long room = Math.min(MAX_BACKING_NAME, header.clusterSize() - header.backingFileOffset());
    require(header.backingFileSize() <= room, 16, "Backing file name too long");
    return bytes.text(header.backingFileOffset(), (int) header.backingFileSize());
  }

  private void require(boolean holds, long fieldAt, String detail) throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(input.location(), fieldAt, detail);
    }
  }
}
