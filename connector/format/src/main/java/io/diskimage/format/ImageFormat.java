package io.diskimage.format;

import java.io.IOException;

/**
 * One image format. Implementations are found by {@link java.util.ServiceLoader}, are stateless and
 * thread-safe; each lives in a package of its own that nothing else names.
 */
public interface ImageFormat {

  /** Score of a probe that recognised the format's magic. */
  int PROBE_MAGIC = 100;

  /** Score of a probe that recognised a trailer only. */
  int PROBE_TRAILER = 50;

  /** Score of a probe that goes by the file's name alone. */
  int PROBE_NAME = 1;

  /**
   * Driver name as QEMU spells it: {@code qcow2}, {@code parallels}, {@code vpc}, {@code vdi},
   * {@code raw}.
   */
  String name();

  /**
   * How sure the driver is that the file is its own: 0 = it is not, else one of the PROBE
   * constants.
   */
  int probe(ProbeInput file);

  /**
   * Whether a file of this name (last path component) deserves a look at its last sector before
   * probing.
   */
  default boolean wantsTail(String fileName) {
    return false;
  }

  /**
   * Whether images of this format may name their parent by {@link ImageInfo#imageId()} alone, so
   * that it has to be searched for.
   */
  default boolean parentsById() {
    return false;
  }

  /**
   * Opens an image. On success the image owns {@code input}; on failure the input is left open.
   *
   * @throws NotAnImageException if the file is not of this format
   * @throws ImageException any other problem of the file's content, with QEMU's text where QEMU has
   *     one
   */
  DiskImage open(ImageInput input, OpenOptions options) throws IOException;

  /**
   * Opens an image for change. On success the image owns {@code target}; on failure the target is
   * left open, and what the image's file holds is what it held.
   *
   * @throws UnsupportedImageException if images of this format, or with these features, are only
   *     read
   */
  default WritableDiskImage openForWriting(ImageTarget target, WriteOptions options)
      throws IOException {
    throw new UnsupportedImageException(
        target.location(), ImageException.NO_OFFSET, "the format " + name() + " is only read");
  }

  /**
   * Creates an image, whatever the target held. On success the image owns {@code target}, and all
   * of it is on stable storage; on failure the target is left open.
   *
   * @throws InvalidOptionException if the options are refused; the target is as it was
   * @throws UnsupportedImageException if images of this format are not created
   */
  default WritableDiskImage create(ImageTarget target, CreateOptions options) throws IOException {
    throw new UnsupportedImageException(
        target.location(),
        ImageException.NO_OFFSET,
        "Format driver '" + name() + "' does not support image creation");
  }
}
