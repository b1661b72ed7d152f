package io.diskimage.format.vhd;

import io.diskimage.format.Bytes;
import io.diskimage.format.check.CheckRun;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import io.diskimage.format.vhd.DynamicHeader.ParentLocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Row 16 of vhd.md section 7 as far as the file itself tells: how a differencing disk names its
 * parent. The parent is not looked for.
 */
final class LocatorCheck {
  private static final String FILE_URL = "file://";

  private final CheckRun run;
  private final VhdFooter footer;
  private final HeaderCopy header;
  private final DynamicHeader fields;

  LocatorCheck(CheckRun run, VhdFooter footer, HeaderCopy header) {
    this.run = run;
    this.footer = footer;
    this.header = header;
    this.fields = header.fields();
  }

  void check() throws IOException {
    if (fields.parentUniqueId().equals(footer.uniqueId())) {
      run.find(
          Finding.of(FindingKind.VHD_PARENT_CYCLE)
              .host(header.at() + 40, 16)
              .values(null, fields.parentUniqueId())
              .says("the disk is its own parent"));
    }
    boolean named = !fields.parentName().isEmpty();
    Set<Integer> codes = new HashSet<>();
    for (ParentLocator locator : fields.parentLocators()) {
      if (locator.platformCode() != 0) {
        if (!codes.add(locator.platformCode())) {
          fault(locator, "has the platform code of another one");
        }
        named |= isUsable(locator);
      }
    }
    if (!named) {
      run.find(
          Finding.of(FindingKind.VHD_PARENT_UNNAMED)
              .host(header.at() + 64, 704)
              .says("neither a name nor a usable locator of the parent"));
    }
  }

  private boolean isUsable(ParentLocator locator) throws IOException {
    if (locator.reserved() != 0) {
      fault(locator, "has a reserved word that is not zero");
    }
    String unusable = unusable(locator);
    if (unusable != null) {
      fault(locator, unusable);
      return false;
    }
    return holdsPath(locator);
  }

  /** What keeps the bytes of a locator from being read, or null. */
  private String unusable(ParentLocator locator) {
    if (locator.offset() == 0 || locator.dataSpace() == 0 || locator.dataLength() == 0) {
      return "has no offset, space or length";
    }
    if (locator.dataLength() > ParentLocator.MAX_LENGTH) {
      return "is longer than 64 KiB";
    }
    if (locator.dataLength() > locator.spaceBytes()) {
      return "is longer than its space";
    }
    if (!locator.isWithin(run.input().sectorLength(), locator.dataLength())) {
      return "lies outside the file";
    }
    if (isOver(locator, 0, VhdFooter.BYTES)
        || isOver(locator, header.at(), DynamicHeader.BYTES)
        || isOver(locator, fields.tableOffset(), fields.tableBytes())) {
      return "overlaps the footer, the dynamic header or the block table";
    }
    if (locator.isUtf16() && locator.dataLength() % 2 != 0) {
      return "holds UTF-16 of an odd length";
    }
    return null;
  }

  private static boolean isOver(ParentLocator locator, long from, long length) {
    return locator.offset() < from + length && from < locator.offset() + locator.dataLength();
  }

  /** Other platforms' locators are not followed (vhd.md section 9.2). */
  private boolean holdsPath(ParentLocator locator) throws IOException {
    if (!locator.isUtf16() && !locator.isUrl()) {
      return false;
    }
    byte[] text = new byte[(int) locator.dataLength()];
    run.io().metadataRead(run.input().readPadded(locator.offset(), text, 0, text.length));
    if (locator.isUtf16()) {
      return Bytes.u16le(text, 0) != 0;
    }
    String url = new String(text, StandardCharsets.UTF_8);
    return url.startsWith(FILE_URL) && url.length() > FILE_URL.length();
  }

  private void fault(ParentLocator locator, String what) {
    run.find(
        Finding.of(FindingKind.VHD_PARENT_LOCATOR)
            .host(
                header.at()
                    + DynamicHeader.LOCATORS_AT
                    + (long) locator.slot() * ParentLocator.BYTES,
                ParentLocator.BYTES)
            .values(null, VhdInfo.characters(locator.platformCode()))
            .says("parent locator %d %s", locator.slot(), what));
  }
}
