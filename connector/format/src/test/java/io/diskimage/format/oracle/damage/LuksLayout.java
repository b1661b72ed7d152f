package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.damage.Entries.Role;
import java.util.ArrayList;
import java.util.List;

/** A qcow2 image with the fields of its LUKS header (qcow2.md section 1.9). */
final class LuksLayout implements Layout {
  private static final String LUKS = "LUKS";
  private static final int SLOTS = 8;

  private final Layout outer;
  private final List<Entries> entries;

  /**
   * Adds to the fields of the image those of its LUKS header.
   *
   * @param at host offset of the LUKS header
   */
  LuksLayout(Layout outer, long at) {
    this.outer = outer;
    entries = new ArrayList<>(outer.entries());
    add("magic", at, 4);
    add("magic and version", at + 4, 4);
    entries.add(Entries.table(LUKS, "cipher", Role.NUMBER, at + 8, 1, 32));
    entries.add(Entries.table(LUKS, "mode", Role.NUMBER, at + 40, 1, 32));
    entries.add(Entries.table(LUKS, "hash", Role.NUMBER, at + 72, 1, 32));
    add("payload offset", at + 104, 4);
    add("key bytes", at + 108, 4);
    add("digest", at + 112, 8);
    add("digest iterations", at + 164, 4);
    for (int i = 0; i < SLOTS; i++) {
      long slot = at + 208 + 48L * i;
      add("slot " + i + " state", slot, 4);
      add("slot " + i + " iterations", slot + 4, 4);
      add("slot " + i + " salt", slot + 8, 8);
      add("slot " + i + " material", slot + 40, 4);
      add("slot " + i + " stripes", slot + 44, 4);
    }
  }

  private void add(String name, long offset, int width) {
    entries.add(Entries.field(LUKS, name, Role.NUMBER, offset, width));
  }

  @Override
  public List<Entries> entries() {
    return entries;
  }

  @Override
  public long clusterSize() {
    return outer.clusterSize();
  }

  @Override
  public List<Long> landmarks() {
    return outer.landmarks();
  }

  @Override
  public long pointer(Entries some, long old, long hostOffset) {
    return outer.pointer(some, old, hostOffset);
  }

  @Override
  public boolean affordable(ImageBytes damaged) {
    return outer.affordable(damaged);
  }
}
