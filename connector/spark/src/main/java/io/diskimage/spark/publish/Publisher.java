package io.diskimage.spark.publish;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.fs.CommonPathCapabilities;

/** A way to put an image to its destination at once. Used for one image, and once. */
interface Publisher extends Closeable {

  /**
   * The way of the destination's store.
   *
   * @throws IOException if it has none, or there is no directory for the image
   */
  static Publisher at(Destination destination) throws IOException {
    // Where a stream can be given up, nobody sees what it has before it is closed.
    boolean appearsAtClose =
        destination
            .fileSystem()
            .hasPathCapability(destination.path(), CommonPathCapabilities.ABORTABLE_STREAM);
    return appearsAtClose ? new PutPublisher(destination) : RenamePublisher.at(destination);
  }

  /**
   * Publishes an image.
   *
   * @throws io.diskimage.format.ImageChangedException if the destination is not what it was
   */
  void publish(Spool image) throws IOException;

  /** Removes what a failed attempt has left in the store. */
  @Override
  void close() throws IOException;
}
