package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.damage.Entries.Role;
import java.util.ArrayList;
import java.util.List;

/** A Parallels image by parallels.md section 1, read without the driver under test. */
final class ParallelsLayout implements Layout {
  private static final String BAT = "BAT";
  private static final int SECTOR = 512;
  private static final int BAT_OFFSET = 64;
  private static final long MOST_BAT_ENTRIES = 0x1fff_ffff;
  private static final long AFFORDABLE_TRACKS = 1 << 15;
  private static final long MOST_TRACKS = 4186127;
  private static final long AFFORDABLE_BAT_ENTRIES = 1 << 20;

  private final List<Entries> entries = new ArrayList<>();
  private final long clusterSize;
  private final long unit;
  private final long dataStart;
  private final long extension;

  ParallelsLayout(ImageBytes image) {
    long tracks = image.number(28, 4);
    clusterSize = tracks * SECTOR;
    unit = isVersion2(image) ? clusterSize : SECTOR;
    dataStart = image.number(48, 4) * SECTOR;
    extension = image.number(56, 8) * SECTOR;
    field("magic", Role.NUMBER, 8, 8);
    field("version", Role.NUMBER, 16, 4);
    field("heads", Role.NUMBER, 20, 4);
    field("tracks", Role.NUMBER, 28, 4);
    field("bat_entries", Role.NUMBER, 32, 4);
    field("nb_sectors", Role.NUMBER, 36, 8);
    field("in_use", Role.NUMBER, 44, 4);
    field("data_off", Role.NUMBER, 48, 4);
    field("flags", Role.NUMBER, 52, 4);
    field("ext_off", Role.NUMBER, 56, 8);
    entries.add(Entries.table(BAT, BAT, Role.POINTER, BAT_OFFSET, 4, image.number(32, 4)));
    if (extension != 0) {
      entries.add(
          Entries.table("extension", "extension", Role.NUMBER, extension, 1, 24 + 24 + 32 + 24));
    }
  }

  static boolean isVersion2(ImageBytes image) {
    // The first of the two letters by which the magics differ.
    return image.number(6, 1) == 'F';
  }

  private void field(String name, Role role, long offset, int width) {
    entries.add(Entries.field(HEADER, name, role, offset, width));
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
    return extension == 0 ? List.of(0L, dataStart) : List.of(0L, dataStart, extension);
  }

  @Override
  public long pointer(Entries some, long old, long hostOffset) {
    return hostOffset / unit;
  }

  @Override
  public boolean affordable(ImageBytes damaged) {
    long tracks = damaged.number(28, 4);
    long batEntries = damaged.number(32, 4);
    boolean hasExtension = damaged.number(56, 8) != 0;
    return (batEntries <= AFFORDABLE_BAT_ENTRIES || batEntries > MOST_BAT_ENTRIES)
        // An extension is read whole, a cluster.
        && (!hasExtension || tracks <= AFFORDABLE_TRACKS || tracks > MOST_TRACKS);
  }
}
