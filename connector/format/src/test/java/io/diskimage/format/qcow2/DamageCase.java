package io.diskimage.format.qcow2;

import static io.diskimage.format.qcow2.MadeImage.COMPRESSED;
import static io.diskimage.format.qcow2.MadeImage.COPIED;

import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Damage to an image, and what a check must find: by qcow2.md section 7.1, with clusters of 64 KiB
 * laid out as section 6.2 says. An image with 1 MiB of data has these in clusters 5 to 20, and in 4
 * their L2 table.
 *
 * @param name what is damaged
 * @param maker makes the image and damages it
 * @param found the kinds found, and how often
 */
record DamageCase(String name, Maker maker, Map<FindingKind, Long> found) {

  /** Makes a damaged image. */
  @FunctionalInterface
  interface Maker {
    MadeImage make(Path file) throws IOException;
  }

  private static final String WRITE = "write 0 1M";

  @Override
  public String toString() {
    return name;
  }

  private static DamageCase of(String name, Maker maker, Object... kindsAndCounts) {
    Map<FindingKind, Long> found = new EnumMap<>(FindingKind.class);
    for (int i = 0; i < kindsAndCounts.length; i += 2) {
      found.put((FindingKind) kindsAndCounts[i], ((Integer) kindsAndCounts[i + 1]).longValue());
    }
    return new DamageCase(name, maker, found);
  }

  private static MadeImage plain(Path file) {
    return MadeImage.create(file, "", "10M", WRITE);
  }

  private static MadeImage extended(Path file) {
    return MadeImage.create(file, "extended_l2=on", "10M", WRITE);
  }

  private static MadeImage compressed(Path file) {
    return MadeImage.create(file, "", "10M", "write -c -P 1 0 64k");
  }

  private static MadeImage withDataFile(Path file) {
    return MadeImage.create(file, "data_file=" + file.resolveSibling("data"), "10M", WRITE);
  }

  private static MadeImage withSnapshot(Path file) {
    return plain(file).snapshot("one");
  }

  /** Damage that leaves the counters comparable. */
  static List<DamageCase> counted() {
    return List.of(
        of(
            "data cluster behind the end of the file",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.l2(3), COPIED | 1L << 40);
            },
            FindingKind.QCOW2_REGION_BEHIND_EOF,
            1,
            FindingKind.QCOW2_DATA_COPIED_FLAG,
            1,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "L1 table behind the end of the file",
            file -> plain(file).u64(40, 1L << 40),
            FindingKind.QCOW2_REGION_BEHIND_EOF,
            1,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            18),
        of(
            "more references than a count of one bit has room for",
            file -> {
              MadeImage image = MadeImage.create(file, "refcount_bits=1", "10M", WRITE);
              long entry = image.u64(image.l2(0));
              return image.u64(image.l2(1), entry).u64(image.l2(2), entry);
            },
            FindingKind.QCOW2_REFERENCE_OVERFLOW,
            2,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            2),
        of(
            "reserved bit in an L1 entry",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.l1(0), image.u64(image.l1(0)) | 1L << 56);
            },
            FindingKind.QCOW2_L1_RESERVED_BITS,
            1),
        of(
            "unaligned L2 table",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.l1(0), image.u64(image.l1(0)) + 512);
            },
            // The table now ends in the first 512 bytes of data: 0xcd, which makes 64 compressed
            // entries with the flag copied. It touches clusters 4 and 5; 6 to 20 are left over.
            FindingKind.QCOW2_L1_UNALIGNED,
            1,
            FindingKind.QCOW2_COMPRESSED_COPIED_FLAG,
            64,
            FindingKind.QCOW2_REGION_BEHIND_EOF,
            64,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            15),
        of(
            "reserved bits in L2 entries side by side",
            file -> {
              MadeImage image = plain(file);
              for (int i = 2; i < 7; i++) {
                image.u64(image.l2(i), image.u64(image.l2(i)) | 1L << 60);
              }
              return image;
            },
            FindingKind.QCOW2_L2_RESERVED_BITS,
            5),
        of(
            "compressed cluster with the flag copied",
            file -> {
              MadeImage image = compressed(file);
              return image.u64(image.l2(0), image.u64(image.l2(0)) | COPIED);
            },
            FindingKind.QCOW2_COMPRESSED_COPIED_FLAG,
            1),
        of(
            "compressed cluster with a bitmap",
            file -> {
              MadeImage image = extended(file);
              return image.u64(image.l2(0), COMPRESSED | image.cluster(0));
            },
            FindingKind.QCOW2_COMPRESSED_SUBCLUSTERS,
            1,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "subcluster both stored and zero",
            file -> {
              MadeImage image = extended(file);
              return image.u64(image.l2(0) + 8, 0x0000_0001_0000_0001L);
            },
            FindingKind.QCOW2_SUBCLUSTER_CONFLICT,
            1),
        of(
            "stored subclusters without a cluster",
            file -> {
              MadeImage image = extended(file);
              return image.u64(image.l2(0), 0);
            },
            FindingKind.QCOW2_SUBCLUSTER_UNALLOCATED,
            1,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "unaligned data cluster",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.l2(0), image.u64(image.l2(0)) + 512);
            },
            FindingKind.QCOW2_DATA_UNALIGNED,
            1,
            FindingKind.QCOW2_REFCOUNT_TOO_LOW,
            1),
        of(
            "unaligned preallocated cluster",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.l2(0), (image.u64(image.l2(0)) + 512) | 1);
            },
            FindingKind.QCOW2_PREALLOCATED_UNALIGNED,
            1,
            FindingKind.QCOW2_REFCOUNT_TOO_LOW,
            1),
        of(
            "unaligned L1 table of a snapshot",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u64(image.snapshots(), image.u64(image.snapshots()) + 512);
            },
            FindingKind.QCOW2_SNAPSHOT_L1_UNALIGNED,
            1,
            FindingKind.QCOW2_REFCOUNT_TOO_HIGH,
            17,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "large L1 table of a snapshot",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u32(image.snapshots() + 8, (4 << 20) + 1);
            },
            FindingKind.QCOW2_SNAPSHOT_L1_TOO_LARGE,
            1,
            FindingKind.QCOW2_REFCOUNT_TOO_HIGH,
            17,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "L1 table of a snapshot without entries, at an impossible place",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u64(image.snapshots(), 1L << 63).u32(image.snapshots() + 8, 0);
            },
            FindingKind.QCOW2_REFCOUNT_TOO_HIGH,
            17,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "snapshot without the extra data of version 3",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u32(image.snapshots() + 36, 0);
            },
            FindingKind.QCOW2_SNAPSHOT_INCOMPLETE,
            1),
        of(
            "reserved bit in the refcount table",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.refcountEntry(0), image.u64(image.refcountEntry(0)) | 1);
            },
            FindingKind.QCOW2_REFCOUNT_TABLE_RESERVED_BITS,
            1,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "unaligned refcount block",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.refcountEntry(0), image.u64(image.refcountEntry(0)) + 512);
            },
            FindingKind.QCOW2_REFCOUNT_BLOCK_UNALIGNED,
            1,
            FindingKind.QCOW2_REFCOUNT_UNREADABLE,
            21),
        of(
            "refcount block behind the end of the file",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.refcountEntry(0), 1L << 40);
            },
            FindingKind.QCOW2_REFCOUNT_BLOCK_OUTSIDE,
            1,
            // Header, refcount table, L1, L2 and 16 data clusters; the block is not counted.
            FindingKind.QCOW2_REFCOUNT_MISSING,
            20,
            FindingKind.QCOW2_L2_COPIED_FLAG,
            1,
            FindingKind.QCOW2_DATA_COPIED_FLAG,
            16),
        of(
            "refcount block named twice",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.refcountEntry(1), image.u64(image.refcountEntry(0)));
            },
            FindingKind.QCOW2_REFCOUNT_BLOCK_SHARED,
            1,
            FindingKind.QCOW2_REFCOUNT_TOO_LOW,
            1),
        of(
            "counts that are too low, too high, missing, and of nothing",
            file -> {
              MadeImage image = plain(file);
              image.u64(image.l2(15), 0);
              image.u64(image.l2(0), image.u64(image.l2(1)) & ~COPIED);
              return image.u16(image.count(5), 0).u16(image.count(8), 3).u16(image.count(9), 0);
            },
            FindingKind.QCOW2_REFCOUNT_TOO_LOW,
            1,
            FindingKind.QCOW2_DATA_COPIED_FLAG,
            3,
            FindingKind.QCOW2_REFCOUNT_TOO_HIGH,
            1,
            FindingKind.QCOW2_REFCOUNT_MISSING,
            1,
            FindingKind.QCOW2_LEAKED_CLUSTER,
            1),
        of(
            "flag copied missing on an L2 table",
            file -> {
              MadeImage image = plain(file);
              return image.u64(image.l1(0), image.u64(image.l1(0)) & ~COPIED);
            },
            FindingKind.QCOW2_L2_COPIED_FLAG,
            1),
        of(
            "flag copied on data that a snapshot shares",
            file -> {
              MadeImage image = withSnapshot(file);
              // The table itself is shared too, so that its entries count twice but for the flag.
              return image.u64(image.l2(1), image.u64(image.l2(1)) | COPIED);
            },
            FindingKind.QCOW2_DATA_COPIED_FLAG,
            1),
        of(
            "zero flag in version 2",
            file -> {
              MadeImage image = MadeImage.create(file, "compat=0.10", "10M", WRITE);
              return image.u64(image.l2(0), image.u64(image.l2(0)) | 1);
            },
            FindingKind.QCOW2_ZERO_FLAG_IN_V2,
            1),
        of(
            "dirty and corrupt bits",
            file -> plain(file).u64(72, 3),
            FindingKind.QCOW2_DIRTY,
            1,
            FindingKind.QCOW2_MARKED_CORRUPT,
            1),
        of(
            "bitmaps whose image was changed without them",
            file -> plain(file).bitmap("b").u64(88, 0),
            FindingKind.QCOW2_BITMAPS_STALE,
            1,
            // Directory and table.
            FindingKind.QCOW2_LEAKED_CLUSTER,
            2),
        of(
            "data behind the last used cluster",
            file -> plain(file).length((21 << 16) + 100_000),
            FindingKind.QCOW2_TAIL_UNUSED,
            1));
  }

  /** Damage to an image with an external data file. */
  static List<DamageCase> countedOfDataFile() {
    return List.of(
        of(
            "compressed cluster in a data file",
            file -> {
              MadeImage image = withDataFile(file);
              return image.u64(image.l2(0), COMPRESSED);
            },
            FindingKind.QCOW2_COMPRESSED_IN_DATA_FILE,
            1),
        of(
            "snapshots of a data file",
            file -> withDataFile(file).u32(60, 2).u64(64, 1L << 40),
            FindingKind.QCOW2_SNAPSHOTS_WITH_DATA_FILE,
            1,
            // A table behind the end of the file reads as zeros.
            FindingKind.QCOW2_SNAPSHOT_INCOMPLETE,
            2,
            FindingKind.QCOW2_REGION_BEHIND_EOF,
            1));
  }

  /** Damage that ends QEMU's check before it has counted. */
  static List<DamageCase> ending() {
    return List.of(
        of(
            "more snapshots than there may be",
            file -> withSnapshot(file).u32(60, 65537),
            FindingKind.QCOW2_SNAPSHOT_TABLE,
            1),
        of(
            "unaligned snapshot table",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u64(64, image.snapshots() + 8);
            },
            FindingKind.QCOW2_SNAPSHOT_TABLE,
            1),
        of(
            "L1 table of a snapshot behind every file",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u64(image.snapshots(), 1L << 63);
            },
            FindingKind.QCOW2_SNAPSHOT_TABLE,
            1,
            FindingKind.QCOW2_REGION_BEHIND_EOF,
            1),
        of(
            "too much extra data of a snapshot",
            file -> {
              MadeImage image = withSnapshot(file);
              return image.u32(image.snapshots() + 36, 1025);
            },
            FindingKind.QCOW2_SNAPSHOT_EXTRA_DATA,
            1),
        of(
            "table entry of a bitmap in use",
            file -> {
              MadeImage image = plain(file).bitmap("b");
              image.u32(image.bitmaps() + 12, 1);
              return image.u64(image.u64(image.bitmaps()), 2);
            },
            FindingKind.QCOW2_BITMAP_TABLE_ENTRY,
            1));
  }
}
