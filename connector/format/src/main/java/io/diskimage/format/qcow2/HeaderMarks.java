package io.diskimage.format.qcow2;

import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;

/** What the header says of the image's state (qcow2.md section 1.2). */
final class HeaderMarks {
  private static final int INCOMPATIBLE_AT = 72;
  private static final int AUTOCLEAR_AT = 88;

  private HeaderMarks() {}

  static void find(CheckedImage image) {
    if (image.header().has(Qcow2Header.INCOMPATIBLE_DIRTY)) {
      mark(
          image, FindingKind.QCOW2_DIRTY, INCOMPATIBLE_AT, "dirty bit set: refcounts may be stale");
    }
    if (image.header().has(Qcow2Header.INCOMPATIBLE_CORRUPT)) {
      mark(
          image,
          FindingKind.QCOW2_MARKED_CORRUPT,
          INCOMPATIBLE_AT,
          "corrupt bit set: damage was met when the image was in use");
    }
    if (image.extensions().staleBitmaps()) {
      mark(
          image,
          FindingKind.QCOW2_BITMAPS_STALE,
          AUTOCLEAR_AT,
          "a program lacking bitmap support modified this file, so all bitmaps are now considered"
              + " inconsistent");
    }
  }

  private static void mark(CheckedImage image, FindingKind kind, int at, String message) {
    image.run().find(Finding.of(kind).host(at, Long.BYTES).says(message));
  }
}
