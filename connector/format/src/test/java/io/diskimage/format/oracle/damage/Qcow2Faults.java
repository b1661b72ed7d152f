package io.diskimage.format.oracle.damage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * Faults of qcow2.md section 7.1 that a random value hits hardly ever, as it takes two fields that
 * agree or one certain bit.
 */
final class Qcow2Faults {
  private static final long COPIED = 1L << 63;
  private static final long COMPRESSED = 1L << 62;
  private static final long SECTOR = 512;
  private static final long MOST_L1_ENTRIES = (32 << 20) / 8;
  private static final long MOST_SNAPSHOTS = 65536;
  private static final long MOST_SEARCHED = 4096;

  private final Random random;
  private final Qcow2Layout layout;
  private final ImageBytes image;
  private final Mutation mutation;

  Qcow2Faults(Random random, Qcow2Layout layout, ImageBytes image, Mutation mutation) {
    this.random = random;
    this.layout = layout;
    this.image = image;
    this.mutation = mutation;
  }

  /**
   * One that the image has room for.
   *
   * @param number they take turns by it
   */
  void fault(int number) {
    List<Runnable> possible = new ArrayList<>();
    if (layout.field("extension 0x0537be77 offset").isPresent()) {
      possible.add(this::encryptionArea);
    }
    if (layout.hasDataFile()) {
      possible.add(this::compressedInDataFile);
      possible.add(this::snapshotsWithDataFile);
    }
    if (layout.highestRefcount() > 0 && layout.highestRefcount() < 16) {
      possible.add(this::overflow);
    }
    if (!layout.tables(Qcow2Layout.BITMAP_TABLE).isEmpty()) {
      possible.add(this::bitmapInUse);
    }
    if (layout.field("snapshot 0 extra size").isPresent()) {
      possible.add(this::snapshotExtraData);
      possible.add(this::snapshotL1);
      possible.add(this::snapshotCount);
    }
    if (!layout.tables(Qcow2Layout.SUBCLUSTERS).isEmpty()) {
      possible.add(this::subclusterConflict);
      possible.add(this::subclustersOfNothing);
    }
    if (layout.clusterSize() > SECTOR) {
      possible.add(this::refcountBlockUnaligned);
      possible.add(this::dataUnaligned);
    }
    possible.add(this::copiedFlag);
    possible.add(this::compressedByFlag);
    possible.get(number % possible.size()).run();
  }

  private void compressedInDataFile() {
    changeData(value -> (value & ~COPIED) | COMPRESSED);
  }

  private void compressedByFlag() {
    changeData(value -> value ^ COMPRESSED);
  }

  private void copiedFlag() {
    changeData(value -> value ^ COPIED);
  }

  /** Several entries on one cluster, that of their table, whose count has no room for so many. */
  private void overflow() {
    List<Entries> tables = layout.tables(Qcow2Layout.L2);
    if (tables.isEmpty()) {
      mutation.damage();
      return;
    }
    Entries table = tables.get(random.nextInt(tables.size()));
    for (long i = 0; i <= layout.highestRefcount() && i < table.count(); i++) {
      mutation.set(table, i, table.offset());
    }
  }

  /** Of zeros behind the end of the file. */
  private void snapshotsWithDataFile() {
    set("nb_snapshots", 1 + random.nextInt(3));
    set("snapshots_offset", Qcow2Layout.up(image.length(), layout.clusterSize()));
  }

  private void snapshotL1() {
    if (random.nextBoolean()) {
      set("snapshot 0 l1_size", MOST_L1_ENTRIES + 1 + random.nextInt(1 << 20));
    } else {
      set("snapshot 0 l1_table_offset", random.nextLong(image.length()) | 1);
    }
  }

  private void refcountBlockUnaligned() {
    Entries table = layout.tables(Qcow2Layout.REFCOUNT_TABLE).get(0);
    mutation.set(table, 0, table.value(image, 0) + SECTOR);
  }

  private void dataUnaligned() {
    changeData(value -> value + SECTOR);
  }

  /** Both bits of a subcluster, in an entry with a cluster. */
  private void subclusterConflict() {
    Entries l2 = layout.tables(Qcow2Layout.L2).get(0);
    Entries bitmaps = layout.tables(Qcow2Layout.SUBCLUSTERS).get(0);
    long index = anyUsed(l2);
    mutation.set(l2, index, l2.value(image, index) & ~COMPRESSED);
    mutation.set(bitmaps, index, 0x1_0000_0001L << random.nextInt(32));
  }

  /** Allocated subclusters of an entry without a cluster. */
  private void subclustersOfNothing() {
    Entries l2 = layout.tables(Qcow2Layout.L2).get(0);
    Entries bitmaps = layout.tables(Qcow2Layout.SUBCLUSTERS).get(0);
    long index = anyUsed(l2);
    mutation.set(l2, index, 0);
    mutation.set(bitmaps, index, 1L << random.nextInt(32));
  }

  /** Then its table is not read on opening, but it is for a check. */
  private void bitmapInUse() {
    set("bitmap 0 flags", 1);
    List<Entries> tables = layout.tables(Qcow2Layout.BITMAP_TABLE);
    Entries table = tables.get(random.nextInt(tables.size()));
    mutation.set(table, random.nextLong(table.count()), random.nextLong());
  }

  private void snapshotExtraData() {
    set("snapshot 0 extra size", List.of(0, 8, 15, 16, 1024, 1025, 70000).get(random.nextInt(7)));
  }

  private void snapshotCount() {
    set("nb_snapshots", MOST_SNAPSHOTS + 1 + random.nextInt(4));
  }

  private void encryptionArea() {
    long clusterSize = layout.clusterSize();
    if (random.nextBoolean()) {
      set("extension 0x0537be77 size", random.nextLong(600 * clusterSize));
    } else {
      set("extension 0x0537be77 offset", clusterSize / 2 * random.nextInt(600));
    }
  }

  private void set(String field, long value) {
    Optional<Entries> entries = layout.field(field);
    entries.ifPresent(some -> mutation.set(some, 0, value));
  }

  private void changeData(LongUnaryOperator change) {
    for (Entries table : layout.tables(Qcow2Layout.L2)) {
      List<Long> used = used(table);
      if (!used.isEmpty()) {
        long index = used.get(random.nextInt(used.size()));
        mutation.set(table, index, change.applyAsLong(table.value(image, index)));
        return;
      }
    }
    mutation.damage();
  }

  /** An entry in use, or the first one. */
  private long anyUsed(Entries table) {
    List<Long> used = used(table);
    return used.isEmpty() ? 0 : used.get(random.nextInt(used.size()));
  }

  private List<Long> used(Entries table) {
    List<Long> used = new ArrayList<>();
    for (long i = 0; i < Math.min(table.count(), MOST_SEARCHED); i++) {
      if (table.value(image, i) != 0) {
        used.add(i);
      }
    }
    return used;
  }
}
