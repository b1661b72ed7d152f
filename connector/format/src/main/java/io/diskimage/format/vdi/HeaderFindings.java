package io.diskimage.format.vdi;

import io.diskimage.format.ImageInput;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/**
 * What the header alone tells: rules i and l of vdi.md section 7.2, and what VirtualBox refuses of
 * section 1.1 or what contradicts another field. QEMU looks at none of it.
 */
final class HeaderFindings {
  private static final int TYPE_MAX = VdiHeader.TYPE_DIFFERENCING;
  private static final long HEADER_SIZE_MIN = 0x180;
  private static final long KNOWN_FLAGS = 1;
  private static final int MAP_OFFSET_AT = 0x154;
  private static final int DATA_OFFSET_AT = 0x158;
  private static final int ALLOCATED_AT = 0x184;

  private final CheckRun run;
  private final VdiHeader header;

  private HeaderFindings(CheckRun run, VdiHeader header) {
    this.run = run;
    this.header = header;
  }

  static void report(CheckRun run, VdiHeader header) {
    HeaderFindings findings = new HeaderFindings(run, header);
    if (header.blocksInImage() > 0) {
      findings.regions(run.input());
    }
    findings.contradictions();
    findings.fields();
    findings.identity();
  }

  private void regions(ImageInput input) {
    long mapEnd = header.offsetBmap() + header.mapBytes();
    if (header.offsetBmap() < VdiHeader.BYTES) {
      overlap(MAP_OFFSET_AT, header.offsetBmap(), VdiHeader.BYTES, "block map", "header");
    }
    if (header.offsetData() < VdiHeader.BYTES) {
      overlap(DATA_OFFSET_AT, header.offsetData(), VdiHeader.BYTES, "data area", "header");
    }
    // A data area in front of the map grows into it.
    if (header.offsetData() < mapEnd) {
      overlap(DATA_OFFSET_AT, header.offsetData(), mapEnd, "data area", "block map");
    }
    if (mapEnd > input.sectorLength()) {
      run.find(
          Finding.of(FindingKind.VDI_MAP_BEHIND_EOF)
              .host(header.offsetBmap(), header.mapBytes())
              .values("at most " + input.sectorLength(), mapEnd)
              .says(
                  "the block map ends at 0x%x, behind the end of the file, where entries read as"
                      + " block 0",
                  mapEnd));
    }
  }

  private void overlap(int at, long offset, long least, String what, String other) {
    run.find(
        Finding.of(FindingKind.VDI_REGIONS_OVERLAP)
            .host(at, 4)
            .values("at least " + least, offset)
            .says(
                "%s at 0x%x begins before the end of the %s at 0x%x", what, offset, other, least));
  }

  private void contradictions() {
    long blocks = header.blocksInImage();
    if (header.blocksAllocated() > blocks) {
      contradiction(
          ALLOCATED_AT,
          "at most " + blocks,
          header.blocksAllocated(),
          "more blocks than there are");
    } else if (header.imageType() == VdiHeader.TYPE_STATIC && header.blocksAllocated() != blocks) {
      contradiction(
          ALLOCATED_AT, blocks, header.blocksAllocated(), "static, but not all allocated");
    }
    if (header.imageType() == VdiHeader.TYPE_DIFFERENCING) {
      contradiction(0x4c, null, header.imageType(), "a differencing image that names no parent");
    }
  }

  private void contradiction(int at, Object expected, long actual, String text) {
    run.find(
        Finding.of(FindingKind.VDI_HEADER_CONTRADICTION)
            .host(at, 4)
            .values(expected, actual)
            .says("%s", text));
  }

  private void fields() {
    if (header.headerSize() < HEADER_SIZE_MIN) {
      field(0x48, "at least " + HEADER_SIZE_MIN, header.headerSize(), "header size");
    }
    if (header.imageType() < 1 || header.imageType() > TYPE_MAX) {
      field(0x4c, "1 to " + TYPE_MAX, header.imageType(), "image type");
    }
    if ((header.imageFlags() & ~KNOWN_FLAGS) != 0) {
      field(0x50, "0 or " + KNOWN_FLAGS, header.imageFlags(), "image flags");
    }
    if (header.blockExtra() != 0) {
      field(0x17c, 0, header.blockExtra(), "extra bytes in front of each block");
    }
    VdiHeader.LogicalGeometry geometry = header.logicalGeometry();
    if (geometry != null && geometry.sectorSize() != 512) {
      field(0x1d4, 512, geometry.sectorSize(), "logical sector size");
    }
  }

  private void field(int at, Object expected, long actual, String name) {
    run.find(
        Finding.of(FindingKind.VDI_HEADER_FIELD)
            .host(at, 4)
            .values(expected, actual)
            .says("%s is %d: other readers refuse the image or misread it", name, actual));
  }

  private void identity() {
    if (header.uuidImage().equals(VdiUuid.NULL)) {
      nullUuid(0x188, "image");
    }
    if (header.uuidLastSnap().equals(VdiUuid.NULL)) {
      nullUuid(0x198, "modification");
    }
  }

  private void nullUuid(int at, String name) {
    run.find(
        Finding.of(FindingKind.VDI_NULL_UUID)
            .host(at, 16)
            .values(null, VdiUuid.NULL)
            .says("the %s UUID is null", name));
  }
}
