package io.diskimage.format;

import java.io.IOException;

/**
 * One opened layer that is written. Reading it shows what was written so far. For one thread at a
 * time, and nothing obtained from it, cursor or reader, outlives the next change.
 *
 * <p>After a crash all that was written before the last {@link #flush()} is there; what was written
 * since may be there or not, sector by sector. The image itself stays sound: at worst space leaks,
 * or the format's own mark of an unclean end is set.
 *
 * <p>A change that fails with an {@link IOException} leaves the image as it was before, but for the
 * data of the range itself; one of the size leaves it with the size before or the one meant. If the
 * tables in the file cannot be told any more, every later change fails too; closing then leaves the
 * file as a crash would.
 *
 * <p>Ranges are bytes of the virtual disk, in any alignment; one that does not lie within {@code
 * [0, virtualSize())} is an {@link IndexOutOfBoundsException}.
 */
public interface WritableDiskImage extends DiskImage {

  /** Writes guest data. */
  void write(long guestOffset, byte[] source, int offset, int length) throws IOException;

  /**
   * Makes a range read as zero: by the format's own means where it has any, else by writing zeros.
   *
   * @param unmap whether host space that is no longer needed is given up
   */
  void writeZeroes(long guestOffset, long length, boolean unmap) throws IOException;

  /**
   * Gives up the content of a range, as far as whole clusters and the format allow; the rest of it
   * stays as it is. What is given up reads as zero.
   */
  void discard(long guestOffset, long length) throws IOException;

  /**
   * Writes guest data compressed; a cluster that does not become smaller is written as it is.
   *
   * @param guestOffset a multiple of the cluster size
   * @param length a multiple of the cluster size, or up to the end of the disk
   * @throws UnsupportedImageException if the format, or this image, has no compressed clusters
   */
  default void writeCompressed(long guestOffset, byte[] source, int offset, int length)
      throws IOException {
    throw new UnsupportedImageException(
        inputs().get(0).input().location(),
        ImageException.NO_OFFSET,
        "the format " + info().format() + " has no compressed clusters");
  }

  /**
   * Changes the size of the virtual disk. What is added reads as zero.
   *
   * @param virtualSize new size in bytes, a multiple of 512
   * @param mayShrink whether a smaller size, which loses the content behind it, is meant
   * @throws UnsupportedImageException if this image cannot have that size
   */
  void resize(long virtualSize, boolean mayShrink) throws IOException;

  /** Returns when all that was written before would survive a crash. */
  void flush() throws IOException;

  /** Flushes, takes back the format's mark of an image in use, and gives up the target. */
  @Override
  void close() throws IOException;
}
