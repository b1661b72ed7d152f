package io.diskimage.spark.publish;

import io.diskimage.format.Closing;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** An image that is written here and published elsewhere. */
final class SpooledDraft implements ImageDraft {
  private final Destination destination;
  private final Publisher publisher;
  private final Spool spool;
  private boolean tried;

  private SpooledDraft(Destination destination, Publisher publisher, Spool spool) {
    this.destination = destination;
    this.publisher = publisher;
    this.spool = spool;
  }

  static SpooledDraft create(Destination destination, Path spoolDirectory) throws IOException {
    Publisher publisher = Publisher.at(destination);
    Spool spool = Spool.create(spoolDirectory, destination.path().toString());
    return new SpooledDraft(destination, publisher, spool);
  }

  static SpooledDraft open(Destination destination, Configuration conf, Path spoolDirectory)
      throws IOException {
    SpooledDraft draft = create(destination, spoolDirectory);
    try (ImageInput image = ImageInputs.open(destination.file().orElseThrow(), conf)) {
      draft.spool.fill(image);
      image.requireUnchanged();
      return draft;
    } catch (IOException | RuntimeException failure) {
      try {
        draft.close();
      } catch (IOException left) {
        failure.addSuppressed(left);
      }
      throw failure;
    }
  }

  @Override
  public ImageTarget target() {
    return spool.target();
  }

  @Override
  public void publish() throws IOException {
    spool.target().requireClosed();
    if (tried) {
      throw new IllegalStateException(destination.path() + ": the image is published twice");
    }
    tried = true;
    // Before the work; publishers look again when it is done.
    destination.requireUnchanged();
    publisher.publish(spool);
  }

  @Override
  public void close() throws IOException {
    Closing.all(List.of(publisher, spool));
  }
}
