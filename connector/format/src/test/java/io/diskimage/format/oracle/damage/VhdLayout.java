package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.damage.Entries.Role;
import java.util.ArrayList;
import java.util.List;

/** A VHD by vhd.md section 1, read without the driver under test. */
final class VhdLayout implements Layout {
  private static final String TABLE = "table";
  private static final String BITMAP = "sector bitmap";
  private static final int SECTOR = 512;
  private static final int HEADER_BYTES = 1024;
  private static final int CHECKSUM_AT = 64;
  private static final int HEADER_CHECKSUM_AT = 36;
  private static final long COOKIE = 0x636f6e6563746978L;
  private static final long BATMAP = 0x74646261746d6170L;
  private static final long NONE = 0xffff_ffffL;
  private static final int LOCATORS = 8;
  private static final long FIXED_CLUSTER = 64 << 10;

  private final ImageBytes image;
  private final List<Entries> entries = new ArrayList<>();
  private final List<Long> landmarks = new ArrayList<>();
  private final long clusterSize;

  VhdLayout(ImageBytes image) {
    this.image = image;
    long tail = tail(image);
    footer("tail ", tail);
    landmarks.add(tail);
    landmarks.add(0L);
    if (image.number(0, 8) == COOKIE) {
      footer("", 0);
      long header = image.number(16, 8);
      landmarks.add(header);
      clusterSize = image.number(header + 32, 4);
      header(header);
      table(image.number(header + 16, 8), image.number(header + 28, 4));
    } else {
      clusterSize = FIXED_CLUSTER;
    }
  }

  private static long tail(ImageBytes image) {
    return Math.max(0, (image.length() - 1) / SECTOR * SECTOR);
  }

  private void footer(String which, long at) {
    add(HEADER, which + "cookie", Role.NUMBER, at, 8);
    add(HEADER, which + "features", Role.NUMBER, at + 8, 4);
    add(HEADER, which + "version", Role.NUMBER, at + 12, 4);
    add(HEADER, which + "data_offset", Role.POINTER, at + 16, 8);
    add(HEADER, which + "timestamp", Role.NUMBER, at + 24, 4);
    add(HEADER, which + "creator", Role.NUMBER, at + 28, 4);
    add(HEADER, which + "creator version", Role.NUMBER, at + 32, 4);
    add(HEADER, which + "creator host", Role.NUMBER, at + 36, 4);
    add(HEADER, which + "original size", Role.NUMBER, at + 40, 8);
    add(HEADER, which + "current size", Role.NUMBER, at + 48, 8);
    add(HEADER, which + "cylinders", Role.NUMBER, at + 56, 2);
    add(HEADER, which + "heads", Role.NUMBER, at + 58, 1);
    add(HEADER, which + "sectors", Role.NUMBER, at + 59, 1);
    add(HEADER, which + "type", Role.NUMBER, at + 60, 4);
    add(HEADER, which + "checksum", Role.NUMBER, at + CHECKSUM_AT, 4);
    add(HEADER, which + "unique id", Role.NUMBER, at + 68, 8);
  }

  private void header(long at) {
    add(HEADER, "header cookie", Role.NUMBER, at, 8);
    add(HEADER, "table offset", Role.POINTER, at + 16, 8);
    add(HEADER, "header version", Role.NUMBER, at + 24, 4);
    add(HEADER, "max table entries", Role.NUMBER, at + 28, 4);
    add(HEADER, "block size", Role.NUMBER, at + 32, 4);
    add(HEADER, "header checksum", Role.NUMBER, at + HEADER_CHECKSUM_AT, 4);
    add(HEADER, "parent id", Role.NUMBER, at + 40, 8);
    add(HEADER, "parent timestamp", Role.NUMBER, at + 56, 4);
    entries.add(Entries.table("parent name", "parent name", Role.NUMBER, at + 64, 2, 256));
    for (int i = 0; i < LOCATORS; i++) {
      long locator = at + 576 + 24L * i;
      String name = "locator " + i + " ";
      add("locators", name + "code", Role.NUMBER, locator, 4);
      add("locators", name + "space", Role.NUMBER, locator + 4, 4);
      add("locators", name + "length", Role.NUMBER, locator + 8, 4);
      add("locators", name + "offset", Role.POINTER, locator + 16, 8);
      long length = image.number(locator + 8, 4);
      if (image.number(locator, 4) != 0 && length > 1) {
        long data = image.number(locator + 16, 8);
        landmarks.add(data);
        entries.add(Entries.table("locator", name + "name", Role.NUMBER, data, 2, length / 2));
      }
    }
  }

  private void table(long at, long count) {
    landmarks.add(at);
    entries.add(Entries.table(TABLE, TABLE, Role.POINTER, at, 4, count));
    for (long i = 0; i < count; i++) {
      long sector = image.number(at + 4 * i, 4);
      if (sector != NONE) {
        landmarks.add(sector * SECTOR);
        entries.add(
            Entries.table(
                BITMAP,
                BITMAP + " " + i,
                Role.BITS,
                sector * SECTOR,
                8,
                Math.max(SECTOR, clusterSize / 4096) / 8));
      }
    }
    long batmap = Qcow2Layout.up(at + 4 * count, SECTOR);
    if (image.number(batmap, 8) == BATMAP) {
      landmarks.add(batmap);
      add("batmap", "batmap offset", Role.POINTER, batmap + 8, 8);
      add("batmap", "batmap size", Role.NUMBER, batmap + 16, 4);
      add("batmap", "batmap version", Role.NUMBER, batmap + 20, 4);
      add("batmap", "batmap checksum", Role.NUMBER, batmap + 24, 4);
    }
  }

  private void add(String group, String name, Role role, long offset, int width) {
    entries.add(Entries.field(group, name, role, offset, width));
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
    return landmarks;
  }

  @Override
  public long pointer(Entries some, long old, long hostOffset) {
    return some.group().equals(TABLE) ? hostOffset / SECTOR : hostOffset;
  }

  @Override
  public boolean affordable(ImageBytes damaged) {
    return true;
  }

  /** Of both footers, and of the header where the first footer says that it lies. */
  @Override
  public void sign(ImageBytes damaged) {
    sign(damaged, tail(damaged), SECTOR, CHECKSUM_AT);
    if (damaged.number(0, 8) == COOKIE) {
      long header = damaged.number(16, 8);
      if (header >= 0 && header <= damaged.length() - HEADER_BYTES) {
        sign(damaged, header, HEADER_BYTES, HEADER_CHECKSUM_AT);
      }
      sign(damaged, 0, SECTOR, CHECKSUM_AT);
    }
  }

  private static void sign(ImageBytes damaged, long at, int length, int checksumAt) {
    damaged.number(at + checksumAt, 4, 0);
    long sum = 0;
    for (int i = 0; i < length; i++) {
      sum += damaged.number(at + i, 1);
    }
    damaged.number(at + checksumAt, 4, ~sum);
  }
}
