package io.diskimage.format.qcow2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Names for feature bits: those of the image's own table, which may name what we do not know
 * (qcow2.md section 1.3).
 */
final class FeatureNames {
  private static final int ENTRY_BYTES = 48;
  private static final int NAME_BYTES = 46;
  private static final int KIND_INCOMPATIBLE = 0;

  private final String[] incompatible = new String[64];

  /**
   * Walks the extensions for the table alone; whatever else is wrong with them is not judged here.
   */
  static FeatureNames read(HeaderBytes bytes, Qcow2Header header) throws IOException {
    FeatureNames names = new FeatureNames();
    long end = HeaderExtensions.end(header);
    long at = header.headerLength();
    while (at + 8 <= end) {
      long type = bytes.u32(at);
      long length = bytes.u32(at + 4);
      if (type == HeaderExtensions.END || length > end - at - 8) {
        break;
      }
      if (type == HeaderExtensions.FEATURE_NAMES) {
        names.readTable(bytes, at + 8, length);
      }
      at += 8 + (length + 7) / 8 * 8;
    }
    return names;
  }

  private void readTable(HeaderBytes bytes, long at, long length) throws IOException {
    for (long entry = at; entry + ENTRY_BYTES <= at + length; entry += ENTRY_BYTES) {
      int bit = bytes.u8(entry + 1);
      if (bytes.u8(entry) == KIND_INCOMPATIBLE && bit < incompatible.length) {
        incompatible[bit] = bytes.text(entry + 2, NAME_BYTES);
      }
    }
  }

  /** Names of the set bits, joined by commas; bits without a name as one mask behind them. */
  String ofIncompatible(long bits) {
    List<String> named = new ArrayList<>();
    long unnamed = 0;
    for (int bit = 0; bit < incompatible.length; bit++) {
      if ((bits >>> bit & 1) != 0) {
        String name = incompatible[bit];
        if (name == null || name.isEmpty()) {
          unnamed |= 1L << bit;
        } else {
          named.add(name);
        }
      }
    }
    if (unnamed != 0) {
      named.add("Unknown incompatible feature: " + Long.toHexString(unnamed));
    }
    return String.join(", ", named);
  }
}
