package io.diskimage.format.qcow2;

import io.diskimage.format.Bytes;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageTarget;
import java.io.IOException;

/**
 * What becomes of an image in which a change meets an inconsistency (qcow2.md section 3.2): its
 * header says so, and nothing more is changed.
 */
final class CorruptionMark {
  private final ImageTarget target;
  private final boolean hasFeatures;
  private final long features;
  private boolean set;

  CorruptionMark(ImageTarget target, Qcow2Header header) {
    this.target = target;
    this.hasFeatures = header.version() >= 3;
    this.features = header.incompatibleFeatures();
  }

  /**
   * Marks the image.
   *
   * @param hostOffset of what is wrong
   * @param what QEMU's name of it
   * @return what the change fails with
   */
  CorruptImageException event(long hostOffset, String what) {
    set = true;
    CorruptImageException event =
        new CorruptImageException(
            target.location(),
            hostOffset,
            "qcow2: Marking image as corrupt: "
                + what
                + "; further corruption events will be suppressed");
    try {
      store();
    } catch (IOException notMarked) {
      event.addSuppressed(notMarked);
    }
    return event;
  }

  /** Version 2 has no place for the mark. */
  private void store() throws IOException {
    if (hasFeatures) {
      byte[] bits = new byte[Long.BYTES];
      Bytes.putU64be(bits, 0, features | Qcow2Header.INCOMPATIBLE_CORRUPT);
      target.write(Qcow2Header.FEATURES_AT, bits, 0, bits.length);
      target.flush();
    }
  }

  /** Whether the image was marked: nothing may be written to it any more. */
  boolean isSet() {
    return set;
  }
}
