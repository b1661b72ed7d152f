package io.diskimage.format.parallels;

import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** What the header alone tells: rules 1 and 2 of parallels.md section 7.1, and of section 7.3. */
final class HeaderFindings {
  private static final long CLOSED = 0x312e_3276L;
  private static final long BEING_CONVERTED = 2;
  private static final int SIZE_HIGH_HALF_AT = 40;
  private static final int IN_USE_AT = 44;
  private static final int DATA_OFF_AT = 48;
  private static final int FLAGS_AT = 52;

  private HeaderFindings() {}

  /** What QEMU looks at. */
  static void report(CheckRun run, ParallelsHeader header) {
    if (header.isInUse()) {
      run.find(
          Finding.of(FindingKind.PARALLELS_UNCLEAN)
              .host(IN_USE_AT, 4)
              .says("image was not closed correctly"));
    }
    boolean leftOut = header.dataOff() == 0 && !header.isExtended();
    if (!leftOut && !header.isDataOffPlausible(run.input().sectorLength() / 512)) {
      run.find(
          Finding.of(FindingKind.PARALLELS_DATA_OFFSET)
              .host(DATA_OFF_AT, 4)
              .values(header.leastDataStart(), header.dataOff())
              .says("data_off field has incorrect value"));
    }
  }

  /** What it does not look at. */
  static void reportBeyond(CheckRun run, ParallelsHeader header) {
    if (header.storedSectors() != header.sectors()) {
      warn(
          run,
          FindingKind.PARALLELS_SIZE_HIGH_HALF,
          SIZE_HIGH_HALF_AT,
          header.storedSectors() >>> 32,
          "the size of version 1 has 32 bits, but those behind it are not 0");
    }
    if (!isKnown(header.inUse())) {
      warn(
          run,
          FindingKind.PARALLELS_IN_USE_UNKNOWN,
          IN_USE_AT,
          header.inUse(),
          "the mark of use has a value that no known program writes");
    }
    if ((header.flags() & BEING_CONVERTED) != 0) {
      warn(
          run,
          FindingKind.PARALLELS_BEING_CONVERTED,
          FLAGS_AT,
          header.flags(),
          "a conversion of the format version was not finished");
    }
  }

  private static void warn(CheckRun run, FindingKind kind, int at, long actual, String text) {
    run.find(Finding.of(kind).host(at, 4).values(null, actual).says("%s", text));
  }

  /** 0, the two marks of the specification, or "pd" and two digits as Parallels Desktop writes. */
  private static boolean isKnown(long inUse) {
    boolean desktop =
        (inUse & 0xffff) == ('d' << 8 | 'p') && isDigit(inUse >>> 16) && isDigit(inUse >>> 24);
    return inUse == 0 || inUse == CLOSED || inUse == ParallelsHeader.IN_USE || desktop;
  }

  private static boolean isDigit(long value) {
    long character = value & 0xff;
    return '0' <= character && character <= '9';
  }
}
