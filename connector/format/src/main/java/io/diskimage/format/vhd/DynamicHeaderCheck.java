package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Rows 5 and 8 of vhd.md section 7: where the dynamic header lies, and its fields. */
final class DynamicHeaderCheck {
  private static final long USUAL_DATA_OFFSET = 512;
  private static final long VERSION = 0x10000;
  private static final int RESERVED_AT = 768;

  private final CheckRun run;
  private final Footers footers;

  DynamicHeaderCheck(CheckRun run, Footers footers) {
    this.run = run;
    this.footers = footers;
  }

  /**
   * Finds and checks the header. Where the footer gone by does not lead to it, the other copy is
   * asked, then the place where all known tools put it.
   *
   * @return null if there is none whose fields could lead to a table
   */
  HeaderCopy check() throws IOException {
    long stated = footers.fields().dataOffset();
    boolean inFile = isInFile(stated);
    if (!inFile || stated % 512 != 0) {
      run.find(
          Finding.of(FindingKind.VHD_DATA_OFFSET)
              .host(footers.fieldAt(16), 8)
              .values(null, Long.toUnsignedString(stated))
              .says(
                  "the dynamic header's offset %s is %s",
                  Long.toUnsignedString(stated), inFile ? "unaligned" : "outside the file"));
    }
    HeaderCopy header = find(stated);
    if (header != null) {
      checkFields(header);
    }
    return header;
  }

  private boolean isInFile(long at) {
    return at >= VhdFooter.BYTES && at <= run.input().sectorLength() - DynamicHeader.BYTES;
  }

  private HeaderCopy find(long stated) throws IOException {
    Set<Long> places = new LinkedHashSet<>();
    places.add(stated);
    for (FooterCopy copy : new FooterCopy[] {footers.head(), footers.tail()}) {
      if (copy.isFooter()) {
        places.add(copy.fields().dataOffset());
      }
    }
    places.add(USUAL_DATA_OFFSET);
    HeaderCopy usable = null;
    for (long place : places) {
      if (isInFile(place)) {
        HeaderCopy header = HeaderCopy.read(run.input(), place, footers.fields(), run.io());
        if (header.fields().hasCookie()) {
          return header;
        }
        if (place == stated) {
          run.find(
              Finding.of(FindingKind.VHD_HEADER_COOKIE)
                  .host(place, 8)
                  .says("Invalid header magic"));
        }
        if (usable == null && header.fields().hasBlockSize()) {
          usable = header;
        }
      }
    }
    return usable;
  }

  private void checkFields(HeaderCopy header) {
    DynamicHeader fields = header.fields();
    if (fields.checksum() != header.rightChecksum()) {
      run.find(
          Finding.of(FindingKind.VHD_HEADER_CHECKSUM)
              .host(header.at() + DynamicHeader.CHECKSUM_AT, 4)
              .values(hex(header.rightChecksum()), hex(fields.checksum()))
              .says("wrong checksum of the dynamic header"));
    }
    if (fields.headerVersion() != VERSION) {
      run.find(
          Finding.of(FindingKind.VHD_HEADER_FIELD)
              .host(header.at() + 24, 4)
              .values(hex(VERSION), hex(fields.headerVersion()))
              .says("unknown version of the dynamic header"));
    }
    if (!VhdFooter.isAllOnes(fields.dataOffset())) {
      run.find(
          Finding.of(FindingKind.VHD_HEADER_FIELD)
              .host(header.at() + 8, 8)
              .values("0xffffffffffffffff", hex(fields.dataOffset()))
              .says("the unused offset in the dynamic header is not all ones"));
    }
    if (!header.isZero(60, 64) || !header.isZero(RESERVED_AT, DynamicHeader.BYTES)) {
      run.find(
          Finding.of(FindingKind.VHD_HEADER_FIELD)
              .host(header.at(), DynamicHeader.BYTES)
              .says("reserved bytes of the dynamic header are not zero"));
    }
    if (!footers.fields().isDifferencing()
        && !(header.isZero(40, 60) && header.isZero(64, RESERVED_AT))) {
      run.find(
          Finding.of(FindingKind.VHD_HEADER_FIELD)
              .host(header.at() + 40, RESERVED_AT - 40)
              .says("a disk without parent has fields of one"));
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
