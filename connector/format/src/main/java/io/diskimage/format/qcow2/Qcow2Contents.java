package io.diskimage.format.qcow2;

import io.diskimage.format.ImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;

/**
 * What an image says of itself before its mapping, validated for a purpose.
 *
 * @param backingFile name, or null
 */
record Qcow2Contents(
    Qcow2Header header, HeaderExtensions extensions, String backingFile, SnapshotTable snapshots) {

  static Qcow2Contents read(ImageInput input, OpenOptions options) throws IOException {
    ByteWindow bytes = new ByteWindow(input, options.io());
    Qcow2Header header = Qcow2Header.parse(bytes);
    HeaderChecks checks = new HeaderChecks(header, input, options.purpose());
    checks.beforeExtensions(() -> FeatureNames.read(bytes, header));
    HeaderExtensions extensions = HeaderExtensions.read(bytes, header);
    checks.afterExtensions(extensions);
    String backingFile = checks.backingFile(bytes);
    SnapshotTable snapshots = SnapshotTable.read(input, header, options);
    if (extensions.bitmapCount() > 0 && options.purpose() != Purpose.CHECK) {
      BitmapDirectory.read(bytes, header, extensions);
    }
    return new Qcow2Contents(header, extensions, backingFile, snapshots);
  }

  /** Whether what has no entry lies in a backing file. */
  boolean backed() {
    return backingFile != null && !backingFile.isEmpty();
  }

  /** The same with another header. */
  Qcow2Contents with(Qcow2Header changed) {
    return new Qcow2Contents(changed, extensions, backingFile, snapshots);
  }
}
