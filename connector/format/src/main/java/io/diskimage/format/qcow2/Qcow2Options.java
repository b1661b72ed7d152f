package io.diskimage.format.qcow2;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.crypt.NewLuksVolume;
import io.diskimage.format.write.FormatOptions;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The options of a new image, with QEMU's defaults and refusals (qcow2.md section 6.1).
 *
 * @param size bytes, a multiple of 512
 * @param backingFile null for none
 * @param backingFormat null for none
 * @param dataFile null for none
 * @param luks null unless the image is encrypted by LUKS
 */
record Qcow2Options(
    long size,
    int version,
    int clusterBits,
    int refcountOrder,
    boolean lazyRefcounts,
    boolean extendedL2,
    int compressionType,
    Preallocation.Mode preallocation,
    String backingFile,
    String backingFormat,
    String dataFile,
    boolean dataFileRaw,
    int cryptMethod,
    NewLuksVolume luks) {

  private static final int SECTOR = 512;
  private static final int MAX_NAME = 1023;
  private static final int MIN_EXTENDED_CLUSTER_BITS = 14;
  private static final String UNEXPECTED = "Parameter '%s' is unexpected";
  private static final String NEEDS_V3 =
      " only supported with compatibility level 1.1 and above (use version=v3 or greater)";

  /**
   * Takes options as {@code qemu-img create -o} does; the passphrase of an encrypted image comes
   * from the options of opening it.
   *
   * @throws InvalidOptionException with QEMU's text
   */
  static Qcow2Options of(CreateOptions options) {
    FormatOptions given = FormatOptions.of(options);
    boolean raw = given.flag("data_file_raw", false);
    Preallocation.Mode preallocation = preallocation(given);
    int cryptMethod = cryptMethod(given);
    Qcow2Options parsed =
        new Qcow2Options(
            (options.virtualSize() + SECTOR - 1) & -SECTOR,
            version(given.text("compat", "1.1")),
            clusterBits(given.size("cluster_size", 64 << 10)),
            refcountOrder(given.number("refcount_bits", 16)),
            given.flag("lazy_refcounts", false),
            given.flag("extended_l2", false),
            compressionType(given.text("compression_type", "zlib")),
            raw && preallocation == Preallocation.Mode.OFF
                ? Preallocation.Mode.METADATA
                : preallocation,
            given.text("backing_file", null),
            given.text("backing_fmt", null),
            given.text("data_file", null),
            raw,
            cryptMethod,
            cryptMethod == Qcow2Header.CRYPT_LUKS ? NewLuksVolume.of(given) : null);
    given.hostFile();
    given.requireNoOthers();
    parsed.requireVersion();
    parsed.requireConsistent();
    parsed.requireSize();
    return parsed;
  }

  private static int version(String text) {
    return switch (text) {
      case "0.10", "v2" -> 2;
      case "1.1", "v3" -> 3;
      default -> throw InvalidOptionException.refused("version", text);
    };
  }

  private static int clusterBits(long size) {
    int bits = Long.numberOfTrailingZeros(size);
    if (Long.bitCount(size) != 1
        || bits < Qcow2Header.MIN_CLUSTER_BITS
        || bits > Qcow2Header.MAX_CLUSTER_BITS) {
      throw new InvalidOptionException("Cluster size must be a power of two between 512 and 2048k");
    }
    return bits;
  }

  private static int refcountOrder(long bits) {
    if (Long.bitCount(bits) != 1 || bits > Long.SIZE) {
      throw new InvalidOptionException(
          "Refcount width must be a power of two and may not exceed 64 bits");
    }
    return Long.numberOfTrailingZeros(bits);
  }

  private static int compressionType(String text) {
    return switch (text) {
      case "zlib" -> Qcow2Header.COMPRESSION_ZLIB;
      case "zstd" -> Qcow2Header.COMPRESSION_ZSTD;
      default -> throw InvalidOptionException.refused("compression-type", text);
    };
  }

  private static Preallocation.Mode preallocation(FormatOptions given) {
    List<String> names =
        Arrays.stream(Preallocation.Mode.values())
            .map(mode -> mode.name().toLowerCase(Locale.ROOT))
            .toList();
    String name = given.choice("preallocation", names, "off");
    return Preallocation.Mode.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static int cryptMethod(FormatOptions given) {
    boolean legacy = given.flag("encryption", false);
    String format = given.text("encrypt.format", null);
    require(
        !legacy || format == null,
        "'encrypt.format' and its alias 'encryption' can't be used at the same time");
    if (format == null) {
      NewLuksVolume.refuse(given, legacy ? UNEXPECTED : "Parameter 'encrypt.format' is missing");
      return legacy ? Qcow2Header.CRYPT_AES : Qcow2Header.CRYPT_NONE;
    }
    return switch (format) {
      case "aes" -> {
        NewLuksVolume.refuse(given, UNEXPECTED);
        yield Qcow2Header.CRYPT_AES;
      }
      case "luks" -> Qcow2Header.CRYPT_LUKS;
      default -> throw InvalidOptionException.refused("format", format);
    };
  }

  private void requireVersion() {
    boolean v3 = version >= 3;
    require(!extendedL2 || v3, "Extended L2 entries are" + NEEDS_V3);
    require(
        !extendedL2 || clusterBits >= MIN_EXTENDED_CLUSTER_BITS,
        "Extended L2 entries are only supported with cluster sizes of at least 16384 bytes");
    require(!lazyRefcounts || v3, "Lazy refcounts" + NEEDS_V3);
    require(
        refcountOrder == 4 || v3,
        "Different refcount widths than 16 bits require compatibility level 1.1 or above"
            + " (use version=v3 or greater)");
    require(
        compressionType == Qcow2Header.COMPRESSION_ZLIB || v3,
        "Non-zlib compression type is" + NEEDS_V3);
    require(dataFile == null || v3, "External data files are" + NEEDS_V3);
  }

  private void requireConsistent() {
    require(
        backingFile == null || !backingFile.isEmpty(),
        "Expected backing file name, got empty string");
    if (backingFormat != null && backingFormat.isEmpty()) {
      throw InvalidOptionException.refused("backing-fmt", backingFormat);
    }
    require(
        dataFile == null || !dataFile.isEmpty(), "Could not create '': No such file or directory");
    require(!dataFileRaw || dataFile != null, "data-file-raw requires data-file");
    require(
        backingFile == null || !dataFileRaw,
        "Backing file and data-file-raw cannot be used at the same time");
    require(
        backingFile == null || backingFormat != null,
        "Backing file specified without backing format");
    require(
        backingFormat == null || backingFile != null,
        "Backing format cannot be used without backing file");
    require(
        backingFile == null || preallocation == Preallocation.Mode.OFF || extendedL2,
        "Backing file and preallocation can only be used at the same time if extended_l2 is on");
    require(backingFile == null || length(backingFile) <= MAX_NAME, "Backing file name too long");
    require(backingFormat == null || length(backingFormat) < 16, "Backing format name too long");
    require(dataFile == null || length(dataFile) <= MAX_NAME, "Data file name too long");
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private void requireSize() {
    require(
        size >= 0
            && HeaderChecks.l1Entries(size, header())
                <= HeaderChecks.MAX_L1_BYTES / L1Table.ENTRY_BYTES,
        "The image size is too large for file format 'qcow2' (try using a larger cluster size)");
  }

  private static void require(boolean holds, String text) {
    if (!holds) {
      throw new InvalidOptionException(text);
    }
  }

  /** The header of the image while it is empty: refcount table and its block behind it. */
  Qcow2Header header() {
    long clusterSize = 1L << clusterBits;
    long incompatible =
        bit(dataFile != null, Qcow2Header.INCOMPATIBLE_DATA_FILE)
            | bit(
                compressionType != Qcow2Header.COMPRESSION_ZLIB,
                Qcow2Header.INCOMPATIBLE_COMPRESSION_TYPE)
            | bit(extendedL2, Qcow2Header.INCOMPATIBLE_EXTENDED_L2);
    return new Qcow2Header(
        Qcow2Header.MAGIC,
        version,
        0,
        0,
        clusterBits,
        0,
        Qcow2Header.CRYPT_NONE,
        0,
        0,
        clusterSize,
        1,
        0,
        0,
        incompatible,
        bit(lazyRefcounts, Qcow2Header.COMPATIBLE_LAZY_REFCOUNTS),
        bit(dataFileRaw, Qcow2Header.AUTOCLEAR_RAW_DATA_FILE),
        refcountOrder,
        0,
        compressionType);
  }

  private static long bit(boolean set, long value) {
    return set ? value : 0;
  }
}
