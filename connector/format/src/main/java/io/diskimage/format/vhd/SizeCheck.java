package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** Row 6 of vhd.md section 7: the three statements of a size, and whether Azure takes it. */
final class SizeCheck {
  private static final long MIB = 1 << 20;

  private SizeCheck() {}

  static void check(CheckRun run, Footers footers) {
    VhdFooter fields = footers.fields();
    long size = fields.currentSize();
    if (size >>> 9 > VhdHeader.MAX_SECTORS) {
      run.find(
          Finding.of(FindingKind.VHD_SIZE)
              .host(footers.fieldAt(48), 8)
              .values(null, Long.toUnsignedString(size))
              .says("File too large: the current size is above 2040 GiB"));
      return;
    }
    if (size % 512 != 0) {
      run.find(
          Finding.of(FindingKind.VHD_SIZE)
              .host(footers.fieldAt(48), 8)
              .values(null, size)
              .says("the current size %d is no multiple of 512", size));
    }
    if (fields.originalSize() != size) {
      run.find(
          Finding.of(FindingKind.VHD_ORIGINAL_SIZE)
              .host(footers.fieldAt(40), 8)
              .values(size, Long.toUnsignedString(fields.originalSize()))
              .says(
                  "the original size %s is not the current size %d: the disk was resized, or a"
                      + " size is wrong",
                  Long.toUnsignedString(fields.originalSize()), size));
    }
    checkGeometry(run, footers, size / 512);
    if (size % MIB != 0) {
      run.find(
          Finding.of(FindingKind.VHD_NOT_AZURE_READY)
              .host(footers.fieldAt(48), 8)
              .values((size / MIB + 1) * MIB, size)
              .says("the current size %d is no multiple of 1 MiB, as Azure wants it", size));
    }
  }

  private static void checkGeometry(CheckRun run, Footers footers, long sectors) {
    Geometry stated = Geometry.of(footers.fields());
    Geometry usual = Geometry.of(sectors);
    if (stated.equals(Geometry.MAX) || stated.equals(usual) || stated.sectors() == sectors) {
      return;
    }
    run.find(
        Finding.of(FindingKind.VHD_GEOMETRY)
            .host(footers.fieldAt(56), 4)
            .values(usual, stated)
            .says(
                stated.sectors() > sectors
                    ? "the geometry %s is larger than the current size of %d sectors"
                    : "the geometry %s is not the one of the current size of %d sectors",
                stated,
                sectors));
  }
}
