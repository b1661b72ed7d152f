package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;

/**
 * A disk's size as a footer states it: in sectors, and by a geometry (vhd.md sections 1.5, 6.1 and
 * 6.2).
 *
 * @param sectors at most {@link VhdHeader#MAX_SECTORS}
 */
record VhdSize(long sectors, Geometry geometry) {

  /** The size that {@code qemu-img create} makes of a wanted one: rounded up to a geometry. */
  static VhdSize roundedUp(long bytes) {
    long wanted = (bytes + 511) / 512;
    long target = Math.min(wanted, Geometry.MAX.sectors());
    Geometry geometry = new Geometry(0, 0, 0);
    for (long sectors = target; geometry.sectors() < target; sectors++) {
      geometry = Geometry.of(sectors);
    }
    boolean unbounded = geometry.sectors() == Geometry.MAX.sectors();
    return new VhdSize(unbounded ? wanted : geometry.sectors(), geometry);
  }

  /** A size that is not rounded; the largest geometry stands for it. */
  static VhdSize forced(long bytes) {
    return new VhdSize((bytes + 511) / 512, Geometry.MAX);
  }

  /**
   * A size that a disk gets when it is resized: by the geometry that has it, else by one that says
   * nothing where the creator goes by geometry.
   */
  static VhdSize exact(long bytes, VhdFooter footer) {
    long sectors = bytes / 512;
    Geometry geometry = Geometry.of(sectors);
    boolean stated = geometry.sectors() == sectors || !footer.creatorGoesByGeometry();
    return new VhdSize(sectors, stated ? geometry : Geometry.MAX);
  }

  long bytes() {
    return sectors * 512;
  }

  /** Stores the current size and the geometry in a footer, which then is to be signed. */
  void store(byte[] footer) {
    Bytes.putU64be(footer, VhdFooter.CURRENT_SIZE_AT, bytes());
    Bytes.putU16be(footer, 56, (int) geometry.cylinders());
    footer[58] = (byte) geometry.heads();
    footer[59] = (byte) geometry.sectorsPerTrack();
  }
}
