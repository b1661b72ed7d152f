package io.diskimage.spark.read;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.NotAnImageException;
import io.diskimage.spark.io.ImageInputs;
import io.diskimage.spark.plan.ImageFile;
import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is to be an image: opened when it is needed first, closed unless an image has it. */
final class UnopenedFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(UnopenedFile.class);

  private final ImageFile file;
  private final Configuration conf;
  private ImageInput input;

  UnopenedFile(ImageFile file, Configuration conf) {
    this.file = file;
    this.conf = conf;
  }

  /**
   * The open file.
   *
   * @throws NotAnImageException if it is empty
   */
  ImageInput input() throws IOException {
    if (file.length() == 0) {
      throw new NotAnImageException(file.path(), ImageException.NO_OFFSET, "the file is empty");
    }
    if (input == null) {
      input = ImageInputs.open(file, conf);
    }
    return input;
  }

  /** An image has the file now, and closes it. */
  void taken() {
    input = null;
  }

  /** Nothing depends on it any more when it closes. */
  @Override
  public void close() {
    if (input == null) {
      return;
    }
    try {
      input.close();
    } catch (IOException unclosed) {
      LOG.warn("{} does not close", file.path(), unclosed);
    }
  }
}
