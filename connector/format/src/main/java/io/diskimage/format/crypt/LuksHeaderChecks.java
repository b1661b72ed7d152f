package io.diskimage.format.crypt;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.UnsupportedImageException;
import java.util.List;

/** Validation of a LUKS1 header, in QEMU's order and with its texts (qcow2.md section 1.9). */
final class LuksHeaderChecks {
  static final int STRIPES = 4000;
  static final int SECTOR = 512;

  /** Where key material begins at the earliest, and what its length is rounded up to. */
  private static final int MATERIAL_SECTORS = 8;

  private final LuksArea area;
  private final LuksHeader header;

  LuksHeaderChecks(LuksArea area, LuksHeader header) {
    this.area = area;
    this.header = header;
  }

  void all() throws ImageException {
    require(header.magic(), 0, "Volume is not in LUKS format");
    if (header.version() != 1) {
      throw new UnsupportedImageException(
          area.input().location(),
          area.hostOffset(LuksHeader.VERSION_AT),
          "LUKS version " + header.version() + " is not supported");
    }
    require(
        header.cipher() != null,
        LuksHeader.CIPHER_AT,
        "LUKS header cipher name is not NUL terminated");
    require(
        header.mode() != null, LuksHeader.MODE_AT, "LUKS header cipher mode is not NUL terminated");
    require(
        header.hash() != null, LuksHeader.HASH_AT, "LUKS header hash spec is not NUL terminated");
    require(
        header.payloadSector() >= MATERIAL_SECTORS,
        LuksHeader.PAYLOAD_AT,
        "LUKS payload is overlapping with the header");
    require(
        header.digestIterations() > 0,
        LuksHeader.DIGEST_ITERATIONS_AT,
        "LUKS key iteration count is zero");
    for (int slot = 0; slot < header.slots().size(); slot++) {
      slot(slot);
    }
  }

  private void slot(int number) throws ImageException {
    List<KeySlot> slots = header.slots();
    KeySlot slot = slots.get(number);
    String name = "Keyslot " + number;
    requireOf(
        number,
        slot.stripes() == STRIPES,
        name + " is corrupted (stripes " + slot.stripes() + " != " + STRIPES + ")");
    requireOf(
        number,
        slot.materialSector() >= MATERIAL_SECTORS,
        name + " is overlapping with the LUKS header");
    requireOf(number, slot.validState(), name + " state (active/disable) is corrupted");
    requireOf(number, !slot.active() || slot.iterations() > 0, name + " iteration count is zero");
    requireOf(
        number,
        materialEnd(slot) <= header.payloadSector(),
        name + " is overlapping with the encrypted payload");
    for (int other = number + 1; other < slots.size(); other++) {
      requireOf(
          number,
          areApart(slot, slots.get(other)),
          "Keyslots " + number + " and " + other + " are overlapping in the header");
    }
  }

  private boolean areApart(KeySlot a, KeySlot b) {
    return materialEnd(a) <= b.materialSector() || materialEnd(b) <= a.materialSector();
  }

  /** Sector behind the key material of a slot. */
  private long materialEnd(KeySlot slot) {
    long unit = MATERIAL_SECTORS * SECTOR;
    long units = (header.keyBytes() * STRIPES + unit - 1) / unit;
    return slot.materialSector() + units * MATERIAL_SECTORS;
  }

  private void requireOf(int slot, boolean holds, String detail) throws CorruptImageException {
    require(holds, LuksHeader.slotAt(slot), detail);
  }

  private void require(boolean holds, int at, String detail) throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(area.input().location(), area.hostOffset(at), detail);
    }
  }
}
