package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.FindingKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The persistent bitmaps' tables (qcow2.md section 1.8). QEMU loads those that are not in use when
 * it opens an image, and refuses it if it cannot; a check counts the clusters of all of them.
 */
final class BitmapTables {
  private static final int DIRECTORY_ENTRY_BYTES = 24;

  private final CheckedImage image;
  private final List<BitmapDirectory.Bitmap> bitmaps;

  private BitmapTables(CheckedImage image, List<BitmapDirectory.Bitmap> bitmaps) {
    this.image = image;
    this.bitmaps = bitmaps;
  }

  /** Refuses what opening refuses. */
  static BitmapTables open(CheckedImage image, ByteWindow bytes) throws IOException {
    if (image.extensions().bitmapCount() == 0) {
      return new BitmapTables(image, List.of());
    }
    BitmapTables tables =
        new BitmapTables(image, BitmapDirectory.read(bytes, image.header(), image.extensions()));
    tables.requireLoadable(bytes);
    return tables;
  }

  /** Of several faults QEMU tells the first, bitmap by bitmap: its name, table, entries, size. */
  private void requireLoadable(ByteWindow bytes) throws IOException {
    List<BitmapDirectory.Bitmap> tables = new ArrayList<>();
    CorruptImageException behindThem = firstFaultBesideEntries(bytes, tables);
    FirstOwner owner = new FirstOwner(tables);
    int[] firstInvalid = {tables.size()};
    new TableAreas(image, 0, 0, tables)
        .visit(
            (at, entry, own, others) -> {
              if (!isValid(entry)) {
                firstInvalid[0] = Math.min(firstInvalid[0], owner.of(at));
              }
            });
    if (firstInvalid[0] < tables.size()) {
      throw unreadable(bytes, tables.get(firstInvalid[0]), "Invalid argument");
    }
    if (behindThem != null) {
      throw behindThem;
    }
  }

  /**
   * The first fault of the directory, or null. All names together have at most 64 MiB.
   *
   * @param tables takes the bitmaps whose tables QEMU reads before it meets the fault
   */
  private CorruptImageException firstFaultBesideEntries(
      ByteWindow bytes, List<BitmapDirectory.Bitmap> tables) throws IOException {
    Set<String> names = new HashSet<>();
    for (BitmapDirectory.Bitmap bitmap : bitmaps) {
      if (!names.add(BitmapDirectory.name(bytes, bitmap.at()))) {
        return refused(bytes, bitmap, "Bitmap already exists: %s");
      }
      if (!bitmap.inUse()) {
        if (!HeaderChecks.addressable(bitmap.offset(), bitmap.entries() * Long.BYTES)) {
          return unreadable(bytes, bitmap, "Input/output error");
        }
        tables.add(bitmap);
        if (bitmap.entries() != bitmap.entriesNeeded(image.header())) {
          return refused(bytes, bitmap, "Could not read bitmap '%s' from image: Invalid argument");
        }
      }
    }
    return null;
  }

  private CorruptImageException unreadable(
      ByteWindow bytes, BitmapDirectory.Bitmap bitmap, String reason) throws IOException {
    return refused(
        bytes, bitmap, "Could not read bitmap_table table from image for bitmap '%s': " + reason);
  }

  private CorruptImageException refused(
      ByteWindow bytes, BitmapDirectory.Bitmap bitmap, String text) throws IOException {
    String name = BitmapDirectory.name(bytes, bitmap.at());
    return new CorruptImageException(
        image.input().location(), bitmap.at(), String.format(text, name));
  }

  private boolean isValid(long entry) {
    return BitmapTableEntry.isValid(entry, image.clusterSize());
  }

  /** Counts the directory, the tables and their data. */
  void count(CountingPass pass) throws IOException {
    if (bitmaps.isEmpty()) {
      return;
    }
    pass.region(
        image.extensions().bitmapDirectoryOffset(),
        image.extensions().bitmapDirectorySize(),
        "bitmap directory",
        image.header().headerLength(),
        HeaderExtensions.end(image.header()) - image.header().headerLength());
    for (BitmapDirectory.Bitmap bitmap : bitmaps) {
      pass.region(
          bitmap.offset(),
          bitmap.entries() * Long.BYTES,
          "bitmap table",
          bitmap.at(),
          DIRECTORY_ENTRY_BYTES);
      if (pass.first()) {
        requireAddressable(bitmap);
      }
    }
    new TableAreas(image, 0, 0, bitmaps)
        .visit((at, entry, own, others) -> count(pass, at, entry, others));
  }

  /** Of a bitmap in use, whose table opening does not look at. */
  private void requireAddressable(BitmapDirectory.Bitmap bitmap) {
    if (!HeaderChecks.addressable(bitmap.offset(), bitmap.entries() * Long.BYTES)) {
      image
          .run()
          .find(
              Finding.of(FindingKind.QCOW2_BITMAP_TABLE_ENTRY)
                  .host(bitmap.at(), Long.BYTES)
                  .values(null, Long.toHexString(bitmap.offset()))
                  .says("ERROR no file can have a bitmap table at 0x%x", bitmap.offset()));
    }
  }

  private void count(CountingPass pass, long at, long entry, long times) {
    long offset = BitmapTableEntry.offset(entry);
    if (!isValid(entry)) {
      if (pass.first()) {
        image
            .run()
            .find(
                Finding.of(FindingKind.QCOW2_BITMAP_TABLE_ENTRY)
                    .host(at, Long.BYTES)
                    .times(times)
                    .values(null, Long.toHexString(entry))
                    .says("ERROR bitmap table entry 0x%x is invalid", entry));
      }
    } else if (offset != 0 && pass.isStored(offset, image.clusterSize())) {
      pass.count(offset, image.clusterSize(), times);
    } else if (offset != 0 && pass.first()) {
      image
          .run()
          .find(
              CountingPass.behindEof(offset, image.clusterSize())
                  .host(at, Long.BYTES)
                  .times(times)
                  .values(null, "bitmap data"));
    }
  }
}
