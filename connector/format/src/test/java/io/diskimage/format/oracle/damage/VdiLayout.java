package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.damage.Entries.Role;
import java.util.ArrayList;
import java.util.List;

/** A VDI image by vdi.md section 1, read without the driver under test. */
final class VdiLayout implements Layout {
  private static final long MOST_BLOCKS = 0x1fff_ff80;
  private static final long AFFORDABLE_BLOCKS = 1 << 20;

  private final List<Entries> entries = new ArrayList<>();
  private final long map;
  private final long data;
  private final long block;

  VdiLayout(ImageBytes image) {
    map = image.number(0x154, 4);
    data = image.number(0x158, 4);
    block = image.number(0x178, 4) + image.number(0x17c, 4);
    field("signature", 0x40, 4);
    field("version", 0x44, 4);
    field("header_size", 0x48, 4);
    field("image_type", 0x4c, 4);
    field("image_flags", 0x50, 4);
    field("offset_bmap", 0x154, 4);
    field("offset_data", 0x158, 4);
    field("sector_size", 0x168, 4);
    field("disk_size", 0x170, 8);
    field("block_size", 0x178, 4);
    field("block_extra", 0x17c, 4);
    field("blocks_in_image", 0x180, 4);
    field("blocks_allocated", 0x184, 4);
    entries.add(Entries.table("UUIDs", "UUIDs", Role.NUMBER, 0x188, 8, 8));
    entries.add(Entries.table("map", "map", Role.POINTER, map, 4, image.number(0x180, 4)));
  }

  private void field(String name, long offset, int width) {
    entries.add(Entries.field(HEADER, name, Role.NUMBER, offset, width));
  }

  @Override
  public List<Entries> entries() {
    return entries;
  }

  @Override
  public long clusterSize() {
    return block;
  }

  @Override
  public List<Long> landmarks() {
    return List.of(0L, map, data);
  }

  @Override
  public long pointer(Entries some, long old, long hostOffset) {
    return (hostOffset - data) / block;
  }

  @Override
  public boolean affordable(ImageBytes damaged) {
    long blocks = damaged.number(0x180, 4);
    return blocks <= AFFORDABLE_BLOCKS || blocks > MOST_BLOCKS;
  }
}
