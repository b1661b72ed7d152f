package io.diskimage.format.vhd;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.time.Duration;
import java.time.Instant;

/** Rows 1 to 5 and 18 of vhd.md section 7: the copies of the footer, and the fields gone by. */
final class FooterCheck {
  private static final Instant EPOCH = Instant.ofEpochSecond(946_684_800L);

  /** Some tools write local time. */
  private static final Duration CLOCKS_DIFFER = Duration.ofDays(1);

  private static final long ALWAYS_SET = 2;
  private static final int RESERVED_AT = 85;

  private final CheckRun run;
  private final Footers footers;
  private final VhdFooter fields;

  FooterCheck(CheckRun run, Footers footers) {
    this.run = run;
    this.footers = footers;
    this.fields = footers.fields();
  }

  void check(Instant now) {
    checkHead();
    checkTail();
    checkCopiesAgree();
    checkTypeAndVersion();
    checkHarmlessFields();
    checkTimestamp(now);
    if (footers.isFixed() && !fields.hasNoDataOffset()) {
      run.find(
          Finding.of(FindingKind.VHD_DATA_OFFSET)
              .host(footers.fieldAt(16), 8)
              .values("0xffffffffffffffff", hex(fields.dataOffset()))
              .says("a fixed disk has no dynamic header"));
    }
  }

  private void checkHead() {
    FooterCopy head = footers.head();
    if (head.isFooter()) {
      checkSum(head);
    } else if (!footers.isFixed()) {
      run.find(
          Finding.of(FindingKind.VHD_HEAD_FOOTER_MISSING)
              .host(0, VhdFooter.BYTES)
              .says("no copy of the footer at the start of the file"));
    }
  }

  private void checkTail() {
    FooterCopy tail = footers.tail();
    if (!footers.hasTail()) {
      run.find(
          Finding.of(FindingKind.VHD_TAIL_FOOTER_MISSING)
              .host(tail.at(), VhdFooter.BYTES)
              .says("no footer at the end of the file"));
    } else if (tail != footers.head()) {
      checkSum(tail);
    }
  }

  private void checkSum(FooterCopy copy) {
    if (!copy.isValid()) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_CHECKSUM)
              .host(copy.at() + VhdFooter.CHECKSUM_AT, 4)
              .values(hex(copy.rightChecksum()), hex(copy.fields().checksum()))
              .says(
                  "Incorrect header checksum of the footer at the %s of the file",
                  copy == footers.head() ? "start" : "end"));
    }
  }

  private void checkCopiesAgree() {
    FooterCopy head = footers.head();
    FooterCopy tail = footers.tail();
    int differs = head.isValid() && tail.isValid() ? head.mismatch(tail) : -1;
    if (differs < 0) {
      return;
    }
    VhdFooter one = head.fields();
    VhdFooter other = tail.fields();
    if (one.currentSize() == other.currentSize() && one.originalSize() == other.originalSize()) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTERS_DIFFER)
              .host(tail.at() + differs, 1)
              .says("the footers at both ends differ, first at byte %d", differs));
    } else {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_SIZES_DIFFER)
              .host(tail.at() + 40, 16)
              .values(sizes(one), sizes(other))
              .says("the footers at both ends give different original or current sizes"));
    }
  }

  private static String sizes(VhdFooter footer) {
    return Long.toUnsignedString(footer.originalSize())
        + ", "
        + Long.toUnsignedString(footer.currentSize());
  }

  private void checkTypeAndVersion() {
    if (!fields.hasKnownType()) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_TYPE)
              .host(footers.fieldAt(VhdFooter.TYPE_AT), 4)
              .values("2, 3 or 4", fields.diskType())
              .says("disk type %d is reserved", fields.diskType()));
    }
    if (fields.fileFormatVersion() >>> 16 != 1) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_VERSION)
              .host(footers.fieldAt(12), 4)
              .values("0x10000", hex(fields.fileFormatVersion()))
              .says("unknown file format version"));
    }
  }

  private void checkHarmlessFields() {
    if ((fields.features() & ALWAYS_SET) == 0) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_FIELD)
              .host(footers.fieldAt(8), 4)
              .values(hex(fields.features() | ALWAYS_SET), hex(fields.features()))
              .says("the feature bit that is always set is not"));
    }
    if (fields.savedState() > 1) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_FIELD)
              .host(footers.fieldAt(84), 1)
              .values("0 or 1", fields.savedState())
              .says("saved state %d is none", fields.savedState()));
    } else if (fields.savedState() == 1) {
      run.find(
          Finding.of(FindingKind.VHD_SAVED_STATE)
              .host(footers.fieldAt(84), 1)
              .says("the disk belongs to a machine in saved state"));
    }
    // XenServer keeps its "hidden" flag in the first reserved byte (vhd.md section 9.3).
    int nonZero = footers.believed().firstNonZero(fields.isByXen() ? RESERVED_AT + 1 : RESERVED_AT);
    if (nonZero >= 0) {
      run.find(
          Finding.of(FindingKind.VHD_FOOTER_FIELD)
              .host(footers.fieldAt(nonZero), 1)
              .says("reserved bytes are not zero, first at byte %d", nonZero));
    }
  }

  private void checkTimestamp(Instant now) {
    Instant written = EPOCH.plusSeconds(fields.timestamp());
    if (written.isAfter(now.plus(CLOCKS_DIFFER))) {
      run.find(
          Finding.of(FindingKind.VHD_TIMESTAMP)
              .host(footers.fieldAt(24), 4)
              .values(null, written)
              .says("the timestamp %s lies in the future", written));
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
