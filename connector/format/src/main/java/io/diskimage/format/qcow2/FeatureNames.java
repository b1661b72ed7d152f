package io.diskimage.format.qcow2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Names for feature bits: those of the image's own table, which may name what we do not know
 * (qcow2.md section 1.3). Of several tables the last one counts, of several names for a bit the
 * first.
 */
final class FeatureNames {
  private static final int ENTRY_BYTES = 48;
  private static final int NAME_BYTES = 46;
  private static final int KIND_INCOMPATIBLE = 0;
  private static final int FEATURES = 64;

  /** Names of incompatible features, in the order of the table. */
  private final List<Feature> incompatible = new ArrayList<>();

  private record Feature(int bit, String name) {}

  /**
   * Walks the extensions for the table alone; whatever else is wrong with them is not judged here.
   */
  static FeatureNames read(ByteWindow bytes, Qcow2Header header) throws IOException {
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

  private void readTable(ByteWindow bytes, long at, long length) throws IOException {
    incompatible.clear();
    long seen = 0;
    for (long entry = at; entry + ENTRY_BYTES <= at + length; entry += ENTRY_BYTES) {
      String name = bytes.text(entry + 2, NAME_BYTES);
      if (name.isEmpty()) {
        return;
      }
      int bit = bytes.u8(entry + 1);
      if (bytes.u8(entry) == KIND_INCOMPATIBLE && bit < FEATURES && (seen >>> bit & 1) == 0) {
        seen |= 1L << bit;
        incompatible.add(new Feature(bit, name));
      }
    }
  }

  /**
   * Names of the set bits in the order of the table, joined by commas; bits without a name as one
   * mask behind them.
   */
  String ofIncompatible(long bits) {
    List<String> names = new ArrayList<>();
    long unnamed = bits;
    for (Feature feature : incompatible) {
      if ((bits >>> feature.bit() & 1) != 0) {
        names.add(feature.name());
        unnamed &= ~(1L << feature.bit());
      }
    }
    if (unnamed != 0) {
      names.add("Unknown incompatible feature: " + Long.toHexString(unnamed));
    }
    return String.join(", ", names);
  }
}
