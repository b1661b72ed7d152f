package io.diskimage.format.qcow2;

import io.diskimage.format.ImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.Reference;
import io.diskimage.format.UnsupportedImageException;
import java.io.IOException;
import java.util.List;

/** The file that holds an image's guest clusters in its place (qcow2.md sections 1.2 and 1.3). */
final class DataFile {
  /** Its ordinal among the inputs of the image. */
  static final int INPUT = 1;

  private DataFile() {}

  /**
   * What the image says of it. Data are found by the mapping also where the file is said to be
   * readable as a raw image.
   */
  static Reference reference(Qcow2Header header, HeaderExtensions extensions) {
    String name = extensions.dataFile() == null ? "" : extensions.dataFile();
    boolean raw = (header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_RAW_DATA_FILE) != 0;
    return new Reference(Reference.DATA_FILE, name, raw ? "raw" : null, null);
  }

  /** The inputs of an image by ordinal: with its data file where guest data are asked for. */
  static List<ImageInput> inputs(
      ImageInput image, Qcow2Header header, HeaderExtensions extensions, OpenOptions options)
      throws IOException {
    boolean wanted = options.purpose() == Purpose.READ || options.purpose() == Purpose.WRITE;
    if (!wanted || !header.dataFile()) {
      return List.of(image);
    }
    if (extensions.dataFileNameCut()) {
      throw new UnsupportedImageException(
          image.location(), Qcow2Header.FEATURES_AT, "Data file name too long");
    }
    return List.of(image, options.references().open(image, reference(header, extensions)));
  }
}
