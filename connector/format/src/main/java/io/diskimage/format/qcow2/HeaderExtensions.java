package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageInfo;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The header extensions (qcow2.md sections 1.3 and 2.2). Of a repeated known type the last one
 * wins.
 */
final class HeaderExtensions {
  static final long END = 0;
  static final long BACKING_FORMAT = 0xe2792acaL;
  static final long FEATURE_NAMES = 0x6803f857L;
  static final long BITMAPS = 0x23852875L;
  static final long ENCRYPTION = 0x0537be77L;
  static final long DATA_FILE = 0x44415441L;

  private static final int MAX_BACKING_FORMAT = 15;
  private static final int BITMAPS_LENGTH = 24;
  private static final int ENCRYPTION_LENGTH = 16;
  private static final long MAX_BITMAPS = 65535;
  private static final long MAX_BITMAP_DIRECTORY = 67107840;
  private static final int MAX_NAME = 1023;

  /** Unknown types that are named to the user; a large first cluster has room for many more. */
  private static final int MAX_UNKNOWN_NAMED = 16;

  private final Set<Long> unknown = new LinkedHashSet<>();
  private String backingFormat;
  private String dataFile;
  private boolean dataFileNameCut;
  private boolean encryptionHeader;
  private long encryptionOffset;
  private long encryptionLength;
  private boolean staleBitmaps;
  private long bitmapCount;
  private long bitmapDirectoryOffset;
  private long bitmapDirectorySize;

  private HeaderExtensions() {}

  /** Where the area ends: at the backing file's name, or with the first cluster. */
  static long end(Qcow2Header header) {
    return header.backed() ? header.backingFileOffset() : header.clusterSize();
  }

  static HeaderExtensions read(ByteWindow bytes, Qcow2Header header) throws IOException {
    HeaderExtensions extensions = new HeaderExtensions();
    long end = end(header);
    long at = header.headerLength();
    while (at < end) {
      long type = bytes.u32(at);
      long length = bytes.u32(at + 4);
      long body = at + 8;
      extensions.require(
          body <= end && length <= end - body, bytes, at, "Header extension too large");
      if (type == END) {
        break;
      }
      extensions.take(bytes, header, type, body, (int) length);
      at = body + (length + 7) / 8 * 8;
    }
    return extensions;
  }

  private void take(ByteWindow bytes, Qcow2Header header, long type, long at, int length)
      throws IOException {
    if (type == BACKING_FORMAT) {
      require(
          length <= MAX_BACKING_FORMAT,
          bytes,
          at,
          "ERROR: ext_backing_format: len=" + length + " too large (>=16)");
      backingFormat = bytes.text(at, length);
    } else if (type == DATA_FILE) {
      // The name has no bound of its own in the format; that of a backing file's name serves.
      dataFile = bytes.text(at, Math.min(length, MAX_NAME));
      dataFileNameCut = length > MAX_NAME;
    } else if (type == ENCRYPTION) {
      takeEncryption(bytes, header, at, length);
    } else if (type == BITMAPS) {
      takeBitmaps(bytes, header, at, length);
    } else if (type != FEATURE_NAMES && unknown.size() < MAX_UNKNOWN_NAMED) {
      unknown.add(type);
    }
  }

  private void takeEncryption(ByteWindow bytes, Qcow2Header header, long at, int length)
      throws IOException {
    require(
        header.cryptMethod() == Qcow2Header.CRYPT_LUKS,
        bytes,
        at,
        "CRYPTO header extension only expected with LUKS encryption method");
    require(
        length == ENCRYPTION_LENGTH,
        bytes,
        at,
        "CRYPTO header extension size " + length + ", but expected size " + ENCRYPTION_LENGTH);
    long offset = bytes.u64(at);
    require(
        offset % header.clusterSize() == 0,
        bytes,
        at,
        "Encryption header offset '"
            + Long.toUnsignedString(offset)
            + "' is not a multiple of cluster size '"
            + header.clusterSize()
            + "'");
    encryptionHeader = true;
    encryptionOffset = offset;
    encryptionLength = bytes.u64(at + 8);
  }

  private void takeBitmaps(ByteWindow bytes, Qcow2Header header, long at, int length)
      throws IOException {
    require(length == BITMAPS_LENGTH, bytes, at, "bitmaps_ext: Invalid extension length");
    if ((header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_BITMAPS) == 0) {
      // Written to by software that knows no bitmaps: all of them are void, and QEMU only warns.
      staleBitmaps = true;
      return;
    }
    long count = bytes.u32(at);
    long directorySize = bytes.u64(at + 8);
    long directoryOffset = bytes.u64(at + 16);
    require(bytes.u32(at + 4) == 0, bytes, at + 4, "bitmaps_ext: Reserved field is not zero");
    require(
        count <= MAX_BITMAPS,
        bytes,
        at,
        "bitmaps_ext: Image has "
            + count
            + " bitmaps, exceeding the QEMU supported maximum of "
            + MAX_BITMAPS);
    require(count > 0, bytes, at, "found bitmaps extension with zero bitmaps");
    require(
        directoryOffset % header.clusterSize() == 0,
        bytes,
        at + 16,
        "bitmaps_ext: invalid bitmap directory offset");
    require(
        Long.compareUnsigned(directorySize, MAX_BITMAP_DIRECTORY) <= 0,
        bytes,
        at + 8,
        "bitmaps_ext: bitmap directory size ("
            + Long.toUnsignedString(directorySize)
            + ") exceeds the maximum supported size ("
            + MAX_BITMAP_DIRECTORY
            + ")");
    bitmapCount = count;
    bitmapDirectoryOffset = directoryOffset;
    bitmapDirectorySize = directorySize;
  }

  private void require(boolean holds, ByteWindow bytes, long at, String detail)
      throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(bytes.input().location(), at, detail);
    }
  }

  /** Recorded format of the backing file, or null. */
  String backingFormat() {
    return backingFormat;
  }

  /** Name of the external data file, or null. */
  String dataFile() {
    return dataFile;
  }

  /** Whether {@link #dataFile()} is the beginning of a longer name. */
  boolean dataFileNameCut() {
    return dataFileNameCut;
  }

  /** Whether the LUKS header area is named. */
  boolean encryptionHeader() {
    return encryptionHeader;
  }

  /** Host offset of the LUKS header area, cluster aligned and otherwise unchecked. */
  long encryptionOffset() {
    return encryptionOffset;
  }

  /** Bytes of the LUKS header area, unchecked. */
  long encryptionLength() {
    return encryptionLength;
  }

  /** Whether there are bitmaps, void because others have written to the image since. */
  boolean staleBitmaps() {
    return staleBitmaps;
  }

  /** Persistent bitmaps that are not void. */
  int bitmapCount() {
    return (int) bitmapCount;
  }

  long bitmapDirectoryOffset() {
    return bitmapDirectoryOffset;
  }

  long bitmapDirectorySize() {
    return bitmapDirectorySize;
  }

  void describe(ImageInfo.Builder info) {
    if (bitmapCount > 0) {
      info.header("bitmap_directory_offset", Long.toUnsignedString(bitmapDirectoryOffset))
          .header("bitmap_directory_size", bitmapDirectorySize);
    }
    if (!unknown.isEmpty()) {
      info.header(
          "unknown_extensions",
          unknown.stream()
              .map(type -> String.format("0x%08x", type))
              .collect(Collectors.joining(" ")));
    }
  }
}
