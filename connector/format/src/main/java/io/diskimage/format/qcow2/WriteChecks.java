package io.diskimage.format.qcow2;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.UnsupportedImageException;
import java.util.List;

/** What stands against writing an image that can be read (rows 11 and 30 of qcow2.md section 2). */
final class WriteChecks {
  private final ImageTarget target;

  WriteChecks(ImageTarget target) {
    this.target = target;
  }

  void marks(Qcow2Header header) throws ImageException {
    if (header.has(Qcow2Header.INCOMPATIBLE_CORRUPT)) {
      throw new CorruptImageException(
          target.location(),
          Qcow2Header.FEATURES_AT,
          "qcow2: Image is corrupt; cannot be opened read/write");
    }
    if (header.has(Qcow2Header.INCOMPATIBLE_DIRTY)) {
      throw new UnsupportedImageException(
          target.location(),
          Qcow2Header.FEATURES_AT,
          "Could not repair dirty image: its refcounts may be stale, and must be rebuilt before it"
              + " is written (qemu-img check -r all)");
    }
  }

  /** The file that guest data are written to: the image's own, or its data file. */
  ImageTarget guestData(List<ImageInput> inputs) throws UnsupportedImageException {
    ImageInput file = inputs.get(inputs.size() - 1);
    if (file instanceof ImageTarget written) {
      return written;
    }
    throw new UnsupportedImageException(
        target.location(),
        Qcow2Header.FEATURES_AT,
        "the data file " + file.location() + " was opened for reading only");
  }

  /**
   * A disk whose size may change with its snapshots and bitmaps (qcow2.md section 6.3).
   *
   * @param staleBitmap one that was in use when the image was opened, or null
   */
  void resizable(Qcow2Contents contents, String staleBitmap) throws UnsupportedImageException {
    if (contents.header().version() == 2 && contents.header().snapshotCount() > 0) {
      throw new UnsupportedImageException(
          target.location(),
          ImageException.NO_OFFSET,
          "Can't resize a v2 image which has snapshots");
    }
    if (staleBitmap != null) {
      throw new UnsupportedImageException(
          target.location(),
          ImageException.NO_OFFSET,
          "Bitmap '" + staleBitmap + "' is inconsistent and cannot be used");
    }
  }
}
