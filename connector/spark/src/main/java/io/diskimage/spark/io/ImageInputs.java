package io.diskimage.spark.io;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LocalImageInput;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Opens listed files for positional reads. */
public final class ImageInputs {
  private static final AtomicInteger OPEN = new AtomicInteger();

  private ImageInputs() {}

  /**
   * Opens a file. The caller closes it.
   *
   * @param file as it was listed; its path becomes the input's location
   * @throws ImageChangedException if the file is gone, or its length or modification time is known
   *     to differ from the listing
   */
  public static ImageInput open(ImageFile file, Configuration conf) throws IOException {
    Path path = new Path(file.path());
    ImageInput input = isLocal(path) ? openLocal(path, file) : HadoopImageInput.open(file, conf);
    OPEN.incrementAndGet();
    return new CountedInput(input, OPEN);
  }

  static ImageChangedException gone(ImageFile file, IOException reason) {
    return new ImageChangedException(
        file.path(),
        ImageException.NO_OFFSET,
        "changed while reading: the listed file is gone",
        reason);
  }

  /** Inputs of this JVM that are open; 0 once nobody reads and the cache is empty. */
  public static int open() {
    return OPEN.get();
  }

  private static boolean isLocal(Path path) {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file");
  }

  /**
   * Not through Hadoop's local file system: its checksum stream costs three times the processor
   * time.
   */
  private static ImageInput openLocal(Path path, ImageFile file) throws IOException {
    LocalImageInput input;
    try {
      input = LocalImageInput.open(java.nio.file.Path.of(path.toUri().getPath()), file.path());
    } catch (NoSuchFileException gone) {
      throw gone(file, gone);
    }
    if (input.length() != file.length() || input.modificationTime() != file.modificationTime()) {
      input.close();
      throw new ImageChangedException(
          file.path(),
          ImageException.NO_OFFSET,
          "changed while reading: listed with "
              + file.length()
              + " bytes of "
              + file.modificationTime()
              + " ms, found "
              + input.length()
              + " bytes of "
              + input.modificationTime()
              + " ms");
    }
    return input;
  }
}
