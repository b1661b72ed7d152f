package io.diskimage.format.vhd;

import java.util.Arrays;
import java.util.Locale;

/** Which of a footer's three statements is the disk's size (vhd.md section 1.5, "today"). */
enum SizeRule {
  /** By creator: geometry for Virtual PC and QEMU, else the current size. */
  AUTO,
  /** Geometry, unless it is at its maximum and so says nothing. */
  CHS,
  /** The field "current size". */
  CURRENT,
  /** The field "original size". */
  ORIGINAL;

  /** Largest geometry in sectors: 65535 * 16 * 255. */
  private static final long MAX_GEOMETRY = 267_382_800L;

  /**
   * The rule of an option's value.
   *
   * @param value null for the default
   */
  static SizeRule of(String value) {
    if (value == null) {
      return AUTO;
    }
    return Arrays.stream(values())
        .filter(rule -> rule.name().toLowerCase(Locale.ROOT).equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(Locale.ROOT, "Invalid size calculation mode: '%s'", value)));
  }

  /** Disk size in sectors, unsigned, at most 2^55. */
  long sectors(VhdFooter footer) {
    long geometry = (long) footer.cylinders() * footer.heads() * footer.sectorsPerTrack();
    boolean byGeometry = this == CHS || (this == AUTO && footer.creatorGoesByGeometry());
    if (byGeometry && geometry != MAX_GEOMETRY) {
      return geometry;
    }
    return (this == ORIGINAL ? footer.originalSize() : footer.currentSize()) >>> 9;
  }
}
