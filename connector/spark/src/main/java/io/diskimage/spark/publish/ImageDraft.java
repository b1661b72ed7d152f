package io.diskimage.spark.publish;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageTarget;
import java.io.Closeable;
import java.io.IOException;

/**
 * An image that is being created or changed. Drivers write its bytes through {@link #target()};
 * once the image is closed, {@link #publish()} makes it what is found at its destination. Not for
 * several threads at a time.
 *
 * <pre>{@code
 * try (ImageDraft draft = drafts.create(path)) {
 *   try (WritableDiskImage image = format.create(draft.target(), options)) {
 *     ...
 *   }
 *   draft.publish();
 * }
 * }</pre>
 *
 * <p>A destination of the scheme {@code file} is written in place, locked as {@link
 * io.diskimage.format.LocalImageTarget} locks. Changes of an existing file are in it at once, in
 * the order that the format asks for, and stay without {@link #publish()} too: what a crash or a
 * failure leaves is an image that opens, as {@link io.diskimage.format.WritableDiskImage} says. A
 * new file is there, locked and incomplete, while it is made; {@link #close()} removes it unless it
 * was published, but when the JVM is killed it stays.
 *
 * <p>Everywhere else the bytes are in a spool file of this machine, and the destination is what it
 * was until {@link #publish()} puts the whole image there at once. When the JVM is killed, the
 * spool stays, and a hidden file beside the destination or parts of an upload may.
 */
public interface ImageDraft extends Closeable {

  /**
   * The bytes of the image: none if it is new, else those at the destination. Its location is the
   * destination, by which references to other files are resolved. Closed by the image that takes it
   * over, or with the draft.
   */
  ImageTarget target();

  /**
   * Makes the image visible at its destination, whole and in one step. To be called once, after the
   * target was closed.
   *
   * <p>Where the image is renamed into place, an existing file hands down its owner, group,
   * permissions, ACL, replication and block size; a caller who may not give them away fails.
   * Extended attributes are not handed down. HDFS replaces a file in one step; a file system whose
   * {@code AbstractFileSystem} cannot, has no file for a moment.
   *
   * <p>Whether somebody else has changed the destination is looked at last of all, but before
   * renaming. Who does so between the two is overruled, unless the image is new, or Hadoop's client
   * of the store has conditional writes, as S3A has.
   *
   * @throws ImageChangedException if the destination was created, changed or removed since the
   *     draft was made; it is left as it is
   * @throws IOException if the image could not be published. The destination is as it was, or, if
   *     what failed was the store's answer to the last request, the new image as a whole. Where the
   *     store had no file for a moment and has none now, the hidden file is kept, and named here
   * @throws IllegalStateException if the image is not closed, or this was called before
   */
  void publish() throws IOException;

  /**
   * Gives up what was not published, and removes all that was needed for it, here and beside the
   * destination.
   */
  @Override
  void close() throws IOException;
}
