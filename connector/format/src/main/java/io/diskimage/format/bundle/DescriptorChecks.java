package io.diskimage.format.bundle;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.bundle.Descriptor.Storage;
import io.diskimage.format.bundle.Descriptor.StorageFile;
import java.util.UUID;

/** What parallels-bundle.md refuses of a descriptor that can be read as such. */
final class DescriptorChecks {
  /**
   * Sectors of the largest disk that is read; far more than its storage files can hold, and sums of
   * two offsets in it still have room in 64 bits.
   */
  static final long MAX_SECTORS = 1L << 53;

  private DescriptorChecks() {}

  /** Row 7 of parallels-bundle.md section 6, for every purpose. */
  static void requireSegments(Descriptor descriptor, String location) throws ImageException {
    long next = 0;
    for (Storage storage : descriptor.storages()) {
      if (storage.start() != next || storage.end() <= storage.start()) {
        throw segmentFault(location);
      }
      next = storage.end();
    }
    if (next != descriptor.diskSize()) {
      throw segmentFault(location);
    }
  }

  private static ImageException segmentFault(String location) {
    return new CorruptImageException(
        location,
        ImageException.NO_OFFSET,
        "Invalid disk descriptor: storage segments do not cover the disk");
  }

  /**
   * Rows 5 and 6 of parallels-bundle.md section 6 and the refusals of its section 2: what stands
   * against reading the guest's data.
   */
  static void requireReadable(Descriptor descriptor, String location) throws ImageException {
    String reason = null;
    if (descriptor.padding() != 0) {
      reason = "Parallels disks with padding are not supported";
    } else if (descriptor.isEncrypted()) {
      reason = "Encrypted Parallels disks are not supported";
    } else if (descriptor.sectorSize() != 512) {
      reason =
          "Parallels disks with sectors of " + descriptor.sectorSize() + " bytes are not supported";
    } else if (descriptor.origin() != null) {
      reason =
          "Parallels disks that continue another bundle ('"
              + descriptor.origin().parent()
              + "') are not supported";
    } else if (descriptor.diskSize() > MAX_SECTORS) {
      reason = "Parallels disks of more than " + MAX_SECTORS + " sectors are not supported";
    }
    if (reason != null) {
      throw new UnsupportedImageException(location, ImageException.NO_OFFSET, reason);
    }
  }

  /** The types of the files of a chain (parallels-bundle.md section 2.2). */
  static void requireKnownTypes(
      Descriptor descriptor, LayerTree tree, LayerChain chain, String location)
      throws ImageException {
    for (int storage = 0; storage < descriptor.storages().size(); storage++) {
      for (UUID layer : chain.layers()) {
        StorageFile file = tree.file(storage, layer);
        if (file.format() == null) {
          throw new UnsupportedImageException(
              location,
              ImageException.NO_OFFSET,
              "Parallels storage files of type '" + file.type() + "' are not supported");
        }
      }
    }
  }
}
