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
}
