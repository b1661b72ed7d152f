package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.TruncatedImageException;
import io.diskimage.format.UnsupportedImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A header that is refused.
 *
 * @param name what is wrong
 * @param type of the refusal
 * @param text its detail, exactly; QEMU's text unless it accepts such a header
 * @param hostOffset of the field
 * @param damage makes a good image bad
 * @param oracle whether QEMU 7.2 says the same
 */
record HeaderCase(
    String name,
    Class<? extends ImageException> type,
    String text,
    long hostOffset,
    Consumer<Qcow2Bytes> damage,
    boolean oracle) {
  private static final int CLUSTER = 65536;
  private static final int EXTENSIONS = Qcow2Bytes.EXTENSIONS_V3;

  @Override
  public String toString() {
    return name;
  }

  /** The image, of 1 MiB with clusters of 64 KiB. */
  Qcow2Bytes image() {
    Qcow2Bytes image = Qcow2Bytes.v3(16, 1 << 20);
    damage.accept(image);
    return image;
  }

  private static HeaderCase corrupt(
      String name, String text, long hostOffset, Consumer<Qcow2Bytes> damage) {
    return new HeaderCase(name, CorruptImageException.class, text, hostOffset, damage, true);
  }

  private static HeaderCase unsupported(
      String name, String text, long hostOffset, Consumer<Qcow2Bytes> damage) {
    return new HeaderCase(name, UnsupportedImageException.class, text, hostOffset, damage, true);
  }

  private static HeaderCase truncated(
      String name, String text, long hostOffset, Consumer<Qcow2Bytes> damage) {
    return new HeaderCase(name, TruncatedImageException.class, text, hostOffset, damage, false);
  }

  private static Consumer<Qcow2Bytes> u32(int at, long value) {
    return image -> image.patch().u32(at, value);
  }

  private static Consumer<Qcow2Bytes> u64(int at, long value) {
    return image -> image.patch().u64(at, value);
  }

  /** All of them, in the order of qcow2.md section 2 and 2.2. */
  static List<HeaderCase> all() {
    List<HeaderCase> cases = new ArrayList<>();
    geometry(cases);
    features(cases);
    tables(cases);
    extensions(cases);
    bitmaps(cases);
    behindExtensions(cases);
    return cases;
  }

  private static void geometry(List<HeaderCase> cases) {
    cases.add(
        new HeaderCase(
            "magic",
            NotAnImageException.class,
            "Image is not in qcow2 format",
            0,
            u32(0, 0x514649fc),
            true));
    for (long version : new long[] {0, 1, 4, 0xffffffffL}) {
      cases.add(
          unsupported(
              "version " + version, "Unsupported qcow2 version " + version, 4, u32(4, version)));
    }
    for (long bits : new long[] {0, 8, 22, 31, 32, 64, 0xffffffffL}) {
      cases.add(
          corrupt(
              "cluster bits " + bits, "Unsupported cluster size: 2^" + bits, 20, u32(20, bits)));
    }
    cases.add(corrupt("header of 103", "qcow2 header too short", 100, u32(100, 103)));
    cases.add(corrupt("header of 0", "qcow2 header too short", 100, u32(100, 0)));
    for (long length : new long[] {CLUSTER + 1, 0xffffffffL}) {
      cases.add(
          corrupt(
              "header of " + length, "qcow2 header exceeds cluster size", 100, u32(100, length)));
    }
    for (long offset : new long[] {CLUSTER + 1, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      cases.add(
          corrupt(
              "backing name at " + Long.toUnsignedString(offset),
              "Invalid backing file offset",
              8,
              u64(8, offset)));
    }
  }

  private static void features(List<HeaderCase> cases) {
    cases.add(
        unsupported(
            "compression type 2",
            "qcow2: unknown compression type: 2",
            104,
            image -> image.patch().u8(104, 2).u64(72, 8)));
    cases.add(
        corrupt(
            "zlib announced",
            "qcow2: Compression type incompatible feature bit must not be set",
            72,
            u64(72, 8)));
    cases.add(
        corrupt(
            "zstd not announced",
            "qcow2: Compression type incompatible feature bit must be set",
            72,
            image -> image.patch().u8(104, 1)));
    cases.add(
        unsupported(
            "features without names",
            "Unsupported qcow2 feature(s): Unknown incompatible feature: 8000000000000060",
            72,
            u64(72, 0x8000000000000060L)));
    cases.add(
        unsupported(
            "features by name in the order of the table",
            "Unsupported qcow2 feature(s): six, five, Unknown incompatible feature: 100000000",
            72,
            image ->
                image
                    .patch()
                    .u64(72, 0x100000060L)
                    .bytes(EXTENSIONS, names("6 six", "5 five", "6 again", "70 no such bit"))));
    cases.add(
        unsupported(
            "names behind an empty one",
            "Unsupported qcow2 feature(s): six, Unknown incompatible feature: 20",
            72,
            image ->
                image.patch().u64(72, 0x60).bytes(EXTENSIONS, names("6 six", "7 ", "5 five"))));
    cases.add(
        corrupt(
            "subclusters below a sector",
            "Unsupported subcluster size: 128",
            20,
            image -> image.patch().u32(20, 12).u64(72, 16)));
    for (long order : new long[] {7, 0xffffffffL}) {
      cases.add(
          corrupt(
              "refcount order " + order,
              "Reference count entry width too large; may not exceed 64 bits",
              96,
              u32(96, order)));
    }
  }

  /** A feature name table of entries "bit name". */
  private static byte[] names(String... features) {
    byte[] table = new byte[48 * features.length];
    for (int i = 0; i < features.length; i++) {
      String[] parts = features[i].split(" ", 2);
      ImagePatch.bigEndian(table)
          .u8(48 * i + 1, Integer.parseInt(parts[0]))
          .text(48 * i + 2, parts[1]);
    }
    return Qcow2Bytes.extension(HeaderExtensions.FEATURE_NAMES, table);
  }

  private static void tables(List<HeaderCase> cases) {
    String refcounts = "Reference count table";
    cases.add(
        corrupt("no refcounts", "Image does not contain a reference count table", 56, u32(56, 0)));
    for (long clusters : new long[] {129, 0xffffffffL}) {
      cases.add(
          corrupt(
              "refcount table of " + clusters, refcounts + " too large", 56, u32(56, clusters)));
    }
    for (long offset : new long[] {CLUSTER + 512, Long.MAX_VALUE - CLUSTER + 1, Long.MIN_VALUE}) {
      String at = " at " + Long.toHexString(offset);
      cases.add(corrupt("refcounts" + at, refcounts + " offset invalid", 48, u64(48, offset)));
      cases.add(
          corrupt(
              "snapshots" + at,
              "Snapshot table offset invalid",
              64,
              image -> image.patch().u32(60, 65536).u64(64, offset)));
      cases.add(
          corrupt(
              "L1 table" + at,
              "Active L1 table offset invalid",
              40,
              image -> image.patch().u32(36, 8193).u64(40, offset)));
    }
    for (long count : new long[] {65537, 0xffffffffL}) {
      cases.add(corrupt(count + " snapshots", "Snapshot table too large", 60, u32(60, count)));
    }
    for (long entries : new long[] {(4 << 20) + 1, 0xffffffffL}) {
      cases.add(
          corrupt("L1 table of " + entries, "Active L1 table too large", 36, u32(36, entries)));
    }
    cases.add(corrupt("size 2^62", "Image is too big", 24, u64(24, 1L << 62)));
    cases.add(corrupt("size 2^63", "Image is too big", 24, u64(24, Long.MIN_VALUE)));
    cases.add(
        corrupt("size of two L2 tables", "L1 table is too small", 36, u64(24, (512L << 20) + 1)));
    cases.add(corrupt("no L1 table", "L1 table is too small", 36, u32(36, 0)));
    for (long method : new long[] {3, 0xffffffffL}) {
      cases.add(
          unsupported(
              "encryption " + method,
              "Unsupported encryption method " + (int) method,
              32,
              u32(32, method)));
    }
    cases.add(
        truncated(
            "L1 table behind the end",
            "Active L1 table lies behind the end of the file",
            40,
            u64(40, 0x7fffffff00000000L)));
    cases.add(
        truncated(
            "L1 table over the end",
            "Active L1 table lies behind the end of the file",
            40,
            u32(36, 3 * 8192)));
  }

  private static void extensions(List<HeaderCase> cases) {
    for (long length : new long[] {CLUSTER - EXTENSIONS - 7, 0x7fffffff, 0xffffffffL}) {
      for (long type : new long[] {0, 0x12345678, HeaderExtensions.BACKING_FORMAT}) {
        cases.add(
            corrupt(
                "extension " + Long.toHexString(type) + " of " + length,
                "Header extension too large",
                EXTENSIONS,
                image -> image.patch().u32(EXTENSIONS, type).u32(EXTENSIONS + 4, length)));
      }
    }
    cases.add(
        corrupt(
            "extension over the backing name",
            "Header extension too large",
            EXTENSIONS,
            image -> image.patch().u64(8, EXTENSIONS + 4).u32(16, 1)));
    cases.add(
        corrupt(
            "backing format of 16",
            "ERROR: ext_backing_format: len=16 too large (>=16)",
            EXTENSIONS + 8,
            extension(HeaderExtensions.BACKING_FORMAT, new byte[16])));
    cases.add(
        corrupt(
            "encryption header without encryption",
            "CRYPTO header extension only expected with LUKS encryption method",
            EXTENSIONS + 8,
            extension(HeaderExtensions.ENCRYPTION, new byte[16])));
    cases.add(
        corrupt(
            "encryption header of 15",
            "CRYPTO header extension size 15, but expected size 16",
            EXTENSIONS + 8,
            extension(HeaderExtensions.ENCRYPTION, new byte[15]).andThen(u32(32, 2))));
    cases.add(
        corrupt(
            "encryption header unaligned",
            "Encryption header offset '512' is not a multiple of cluster size '65536'",
            EXTENSIONS + 8,
            extension(HeaderExtensions.ENCRYPTION, new byte[16])
                .andThen(u32(32, 2))
                .andThen(u64(EXTENSIONS + 8, 512))));
  }

  private static void bitmaps(List<HeaderCase> cases) {
    int at = EXTENSIONS + 8;
    cases.add(
        corrupt(
            "bitmaps of 25",
            "bitmaps_ext: Invalid extension length",
            at,
            extension(HeaderExtensions.BITMAPS, new byte[25]).andThen(u64(88, 1))));
    cases.add(
        corrupt(
            "bitmaps reserved",
            "bitmaps_ext: Reserved field is not zero",
            at + 4,
            bitmaps(1, 1, 32, CLUSTER)));
    cases.add(
        corrupt(
            "65536 bitmaps",
            "bitmaps_ext: Image has 65536 bitmaps, exceeding the QEMU supported maximum of 65535",
            at,
            bitmaps(65536, 0, 32, CLUSTER)));
    cases.add(
        corrupt(
            "no bitmaps",
            "found bitmaps extension with zero bitmaps",
            at,
            bitmaps(0, 0, 32, CLUSTER)));
    cases.add(
        corrupt(
            "bitmap directory unaligned",
            "bitmaps_ext: invalid bitmap directory offset",
            at + 16,
            bitmaps(1, 0, 32, CLUSTER + 8)));
    for (long size : new long[] {67107841, -1}) {
      cases.add(
          corrupt(
              "bitmap directory of " + size,
              "bitmaps_ext: bitmap directory size ("
                  + Long.toUnsignedString(size)
                  + ") exceeds the maximum supported size (67107840)",
              at + 8,
              bitmaps(1, 0, size, CLUSTER)));
    }
  }

  private static Consumer<Qcow2Bytes> bitmaps(long count, long reserved, long size, long offset) {
    int at = EXTENSIONS + 8;
    return extension(HeaderExtensions.BITMAPS, new byte[24])
        .andThen(u64(88, 1))
        .andThen(
            image ->
                image
                    .patch()
                    .u32(at, count)
                    .u32(at + 4, reserved)
                    .u64(at + 8, size)
                    .u64(at + 16, offset));
  }

  private static Consumer<Qcow2Bytes> extension(long type, byte[] content) {
    return image -> image.patch().bytes(EXTENSIONS, Qcow2Bytes.extension(type, content));
  }

  private static void behindExtensions(List<HeaderCase> cases) {
    for (int[] name : new int[][] {{1000, 1024}, {CLUSTER - 10, 11}, {CLUSTER, 1}, {1000, -1}}) {
      cases.add(
          corrupt(
              "backing name of " + name[1] + " at " + name[0],
              "Backing file name too long",
              16,
              image -> image.patch().u64(8, name[0]).u32(16, name[1])));
    }
    for (long extra : new long[] {1025, 0xffffffffL}) {
      cases.add(
          corrupt(
              "snapshot with extra data of " + extra,
              "Too much extra metadata in snapshot table entry 0",
              5 * CLUSTER + 36,
              image -> {
                int at = image.append(new byte[40]);
                image.patch().u32(60, 1).u64(64, at).u32(at + 36, extra);
              }));
    }
    cases.add(
        truncated(
            "snapshots behind the end",
            "snapshot table entry 0 lies behind the end of the file",
            0x7fffffff00000000L,
            image -> image.patch().u32(60, 65536).u64(64, 0x7fffffff00000000L)));
    cases.add(
        truncated(
            "snapshot name over the end",
            "snapshot table entry 0 lies behind the end of the file",
            5 * CLUSTER,
            image -> {
              int at = image.append(new byte[40]);
              image.patch().u32(60, 1).u64(64, at).u16(at + 12, 0xffff).u16(at + 14, 0xffff);
            }));
  }
}
