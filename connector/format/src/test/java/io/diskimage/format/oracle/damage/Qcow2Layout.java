package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.damage.Entries.Role;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A qcow2 image by qcow2.md section 1, read without the driver under test. */
final class Qcow2Layout implements Layout {
  static final String L1 = "L1";
  static final String L2 = "L2";
  static final String BITMAP_TABLE = "bitmap table";

  static final String SUBCLUSTERS = "subclusters";
  private static final String SNAPSHOTS = "snapshot table";
  static final String REFCOUNT_TABLE = "refcount table";
  private static final String REFCOUNTS = "refcounts";

  private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
  private static final long POINTER_FLAGS = 0x8000_0000_0000_0001L;
  private static final int BITMAPS = 0x23852875;
  private static final int ENCRYPTION = 0x0537be77;
  private static final long MOST_SNAPSHOTS = 65536;
  private static final long AFFORDABLE_SNAPSHOTS = 2000;
  private static final int MOST_TABLES = 64;

  private final ImageBytes image;
  private final List<Entries> entries = new ArrayList<>();
  private final Set<Long> landmarks = new LinkedHashSet<>();
  private final Set<Long> l2Tables = new LinkedHashSet<>();
  private final int version;
  private final long clusterSize;
  private final boolean extendedL2;

  Qcow2Layout(ImageBytes image) {
    this.image = image;
    version = (int) image.number(4, 4);
    clusterSize = 1L << image.number(20, 4);
    extendedL2 = version > 2 && (image.number(72, 8) & 16) != 0;
    landmarks.add(0L);
    header();
    extensions();
    level1(L1, L2, image.number(40, 8), image.number(36, 4));
    refcounts();
    snapshots();
  }

  private void header() {
    field("magic", 0, 4);
    field("version", 4, 4);
    pointerField("backing_file_offset", 8);
    field("backing_file_size", 16, 4);
    field("cluster_bits", 20, 4);
    field("size", 24, 8);
    field("crypt_method", 32, 4);
    field("l1_size", 36, 4);
    pointerField("l1_table_offset", 40);
    pointerField("refcount_table_offset", 48);
    field("refcount_table_clusters", 56, 4);
    field("nb_snapshots", 60, 4);
    pointerField("snapshots_offset", 64);
    if (version > 2) {
      field("incompatible_features", 72, 8);
      field("compatible_features", 80, 8);
      field("autoclear_features", 88, 8);
      field("refcount_order", 96, 4);
      field("header_length", 100, 4);
      field("compression_type", 104, 1);
    }
  }

  private void field(String name, long offset, int width) {
    add(Entries.field(HEADER, name, Role.NUMBER, offset, width));
  }

  private void pointerField(String name, long offset) {
    add(Entries.field(HEADER, name, Role.POINTER, offset, 8));
  }

  private void add(Entries some) {
    if (some.count() > 0 && some.offset() < image.length()) {
      entries.add(some);
    }
  }

  private void extensions() {
    long at = version > 2 ? image.number(100, 4) : 72;
    while (at < clusterSize) {
      int type = (int) image.number(at, 4);
      long length = image.number(at + 4, 4);
      String name = String.format("extension 0x%08x ", type);
      extension(name + "type", Role.NUMBER, at, 4);
      extension(name + "length", Role.NUMBER, at + 4, 4);
      if (type == 0) {
        break;
      }
      long body = at + 8;
      if (type == BITMAPS) {
        extension(name + "count", Role.NUMBER, body, 4);
        extension(name + "reserved", Role.NUMBER, body + 4, 4);
        extension(name + "size", Role.NUMBER, body + 8, 8);
        extension(name + "offset", Role.POINTER, body + 16, 8);
        bitmaps(image.number(body + 16, 8), image.number(body, 4));
      } else if (type == ENCRYPTION) {
        extension(name + "offset", Role.POINTER, body, 8);
        extension(name + "size", Role.NUMBER, body + 8, 8);
      }
      at = body + up(length, 8);
    }
  }

  private void extension(String name, Role role, long offset, int width) {
    add(Entries.field("extensions", name, role, offset, width));
  }

  private void bitmaps(long directory, long count) {
    landmarks.add(directory);
    long at = directory;
    for (int i = 0; i < count; i++) {
      String group = "bitmap directory";
      String name = "bitmap " + i + " ";
      add(Entries.field(group, name + "table offset", Role.POINTER, at, 8));
      add(Entries.field(group, name + "table size", Role.NUMBER, at + 8, 4));
      add(Entries.field(group, name + "flags", Role.NUMBER, at + 12, 4));
      add(Entries.field(group, name + "type", Role.NUMBER, at + 16, 1));
      add(Entries.field(group, name + "granularity", Role.NUMBER, at + 17, 1));
      add(Entries.field(group, name + "name length", Role.NUMBER, at + 18, 2));
      add(Entries.field(group, name + "extra size", Role.NUMBER, at + 20, 4));
      long table = image.number(at, 8);
      landmarks.add(table);
      add(
          Entries.table(
              BITMAP_TABLE, name + "table", Role.POINTER, table, 8, image.number(at + 8, 4)));
      at += up(24 + image.number(at + 18, 2) + image.number(at + 20, 4), 8);
    }
  }

  private void level1(String group, String level2, long offset, long size) {
    landmarks.add(offset);
    add(Entries.table(group, group, Role.POINTER, offset, 8, size));
    for (int i = 0; i < size && l2Tables.size() < MOST_TABLES; i++) {
      long table = image.number(offset + 8L * i, 8) & OFFSET_MASK;
      if (table == 0 || !l2Tables.add(table)) {
        continue;
      }
      landmarks.add(table);
      String name = level2 + " " + i;
      if (extendedL2) {
        long count = clusterSize / 16;
        add(new Entries(level2, name, Role.POINTER, table, 8, 16, count));
        add(new Entries(SUBCLUSTERS, name + " bitmap", Role.BITS, table + 8, 8, 16, count));
      } else {
        add(Entries.table(level2, name, Role.POINTER, table, 8, clusterSize / 8));
      }
    }
  }

  private void refcounts() {
    long table = image.number(48, 8);
    long tableEntries = image.number(56, 4) * clusterSize / 8;
    landmarks.add(table);
    add(Entries.table(REFCOUNT_TABLE, "refcount table", Role.POINTER, table, 8, tableEntries));
    int bits = refcountBits();
    int width = Math.max(1, bits / 8);
    long clusters = (image.length() + clusterSize - 1) / clusterSize;
    long perBlock = clusterSize * 8 / bits;
    for (int i = 0; i < Math.min(tableEntries, MOST_TABLES); i++) {
      long block = image.number(table + 8L * i, 8) & ~511;
      if (block != 0) {
        landmarks.add(block);
        // Of the counts behind the end of the file, a few.
        long counts = Math.min(perBlock, clusters + 4 - i * perBlock);
        add(
            Entries.table(
                REFCOUNTS,
                "refcount block " + i,
                Role.REFCOUNT,
                block,
                width,
                bits < 8 ? (counts * bits + 7) / 8 : counts));
      }
    }
  }

  private void snapshots() {
    long at = image.number(64, 8);
    landmarks.add(at);
    for (int i = 0; i < image.number(60, 4); i++) {
      String name = "snapshot " + i + " ";
      add(Entries.field(SNAPSHOTS, name + "l1_table_offset", Role.POINTER, at, 8));
      add(Entries.field(SNAPSHOTS, name + "l1_size", Role.NUMBER, at + 8, 4));
      add(Entries.field(SNAPSHOTS, name + "id length", Role.NUMBER, at + 12, 2));
      add(Entries.field(SNAPSHOTS, name + "name length", Role.NUMBER, at + 14, 2));
      add(Entries.field(SNAPSHOTS, name + "vm state size", Role.NUMBER, at + 32, 4));
      add(Entries.field(SNAPSHOTS, name + "extra size", Role.NUMBER, at + 36, 4));
      level1("snapshot L1", "snapshot L2", image.number(at, 8), image.number(at + 8, 4));
      at +=
          up(
              40 + image.number(at + 36, 4) + image.number(at + 12, 2) + image.number(at + 14, 2),
              8);
    }
  }

  static long up(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }

  @Override
  public List<Entries> entries() {
    return entries;
  }

  @Override
  public long clusterSize() {
    return clusterSize;
  }

  @Override
  public List<Long> landmarks() {
    return List.copyOf(landmarks);
  }

  @Override
  public long pointer(Entries some, long old, long hostOffset) {
    return hostOffset | (some.group().equals(REFCOUNT_TABLE) ? 0 : old & POINTER_FLAGS);
  }

  /** QEMU reads a snapshot by three requests, also where there are only zeros. */
  @Override
  public boolean affordable(ImageBytes damaged) {
    long snapshots = damaged.number(60, 4);
    return snapshots <= AFFORDABLE_SNAPSHOTS || snapshots > MOST_SNAPSHOTS;
  }

  /** Tables of a group. */
  List<Entries> tables(String group) {
    return entries.stream().filter(some -> some.group().equals(group)).toList();
  }

  /** A field, by its name. */
  Optional<Entries> field(String name) {
    return entries.stream().filter(some -> some.name().equals(name)).findFirst();
  }

  boolean hasDataFile() {
    return version > 2 && (image.number(72, 8) & 4) != 0;
  }

  /** The highest value a reference count can have, or -1 for 2^64 - 1. */
  long highestRefcount() {
    return refcountBits() == 64 ? -1 : (1L << refcountBits()) - 1;
  }

  private int refcountBits() {
    return version > 2 ? 1 << image.number(96, 4) : 16;
  }
}
