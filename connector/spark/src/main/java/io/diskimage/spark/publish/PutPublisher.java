package io.diskimage.spark.publish;

import io.diskimage.format.ImageChangedException;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;

/**
 * Puts an image into a store where a file appears when its stream is closed. Where the store can be
 * told so, it refuses by itself to put it in place of anything else than what was there.
 */
final class PutPublisher implements Publisher {
  // Hadoop's own constants, which releases before 3.4.2 do not have.
  private static final String IF_NOTHING = "fs.option.create.conditional.overwrite";
  private static final String IF_ETAG = "fs.option.create.conditional.overwrite.etag";

  private final Destination destination;

  PutPublisher(Destination destination) {
    this.destination = destination;
  }

  @Override
  public void publish(Spool image) throws IOException {
    FSDataOutputStream stream = stream();
    try {
      image.copyTo(stream);
      // Not all stores take conditions, and some that do not say nothing.
      destination.requireUnchanged();
      stream.close();
    } catch (IOException failure) {
      abort(stream, failure);
      throw reason(failure);
    } catch (RuntimeException failure) {
      abort(stream, failure);
      throw failure;
    }
  }

  private FSDataOutputStream stream() throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder =
        destination.fileSystem().createFile(destination.path());
    builder.recursive();
    Optional<ImageFile> before = destination.file();
    if (before.isEmpty()) {
      if (takes(IF_NOTHING)) {
        builder.must(IF_NOTHING, true);
      }
    } else if (before.get().etag() != null && takes(IF_ETAG)) {
      builder.must(IF_ETAG, before.get().etag());
    }
    return builder.build();
  }

  private boolean takes(String option) throws IOException {
    return destination.fileSystem().hasPathCapability(destination.path(), option);
  }

  /** Nothing if the stream could be closed, or has given up by itself. */
  private static void abort(FSDataOutputStream stream, Exception reason) {
    IOException leftover = stream.abort().anyCleanupException();
    if (leftover != null) {
      reason.addSuppressed(leftover);
    }
  }

  /** Stores refuse in many ways to replace what was replaced already. */
  private IOException reason(IOException failure) {
    if (failure instanceof ImageChangedException) {
      return failure;
    }
    try {
      destination.requireUnchanged();
    } catch (ImageChangedException changed) {
      changed.addSuppressed(failure);
      return changed;
    } catch (IOException unknown) {
      failure.addSuppressed(unknown);
    }
    return failure;
  }

  /** An attempt that fails is given up at once. */
  @Override
  public void close() {}
}
