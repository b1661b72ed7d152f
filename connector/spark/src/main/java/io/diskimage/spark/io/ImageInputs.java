package io.diskimage.spark.io;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LocalImageInput;
import io.diskimage.spark.plan.ImageFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
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
   * @throws ImageChangedException if the file is gone, or is not the one that was listed; of
   *     objects on S3A the first read may tell
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

  static ImageChangedException changed(ImageFile listed, ImageFile now) {
    return new ImageChangedException(
        listed.path(),
        ImageException.NO_OFFSET,
        "changed while reading: it is another file now, of "
            + state(now)
            + " and not "
            + state(listed));
  }

  private static String state(ImageFile file) {
    String state = file.length() + " bytes and " + Instant.ofEpochMilli(file.modificationTime());
    return file.etag() == null ? state : state + " (ETag " + file.etag() + ")";
  }

  /** Inputs of this JVM that are open; 0 once nobody reads and the cache is empty. */
  public static int open() {
    return OPEN.get();
  }

  /** Whether files of a qualified path are read and written straight through NIO. */
  public static boolean isLocal(Path path) {
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
    ImageFile now = new ImageFile(file.path(), input.length(), input.modificationTime());
    if (!file.isStill(now)) {
      input.close();
      throw changed(file, now);
    }
    return input;
  }
}
