package io.diskimage.spark.publish;

import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.spark.plan.ImageFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where an image is to be published, and what was there when it was begun.
 *
 * @param path qualified
 * @param before empty where there was nothing
 */
record Destination(FileSystem fileSystem, Path path, Optional<FileStatus> before) {

  /**
   * A place for a new image.
   *
   * @throws FileAlreadyExistsException if there is something
   */
  static Destination vacant(Path path, Configuration conf) throws IOException {
    FileSystem fileSystem = path.getFileSystem(conf);
    if (status(fileSystem, path).isPresent()) {
      throw new FileAlreadyExistsException(path.toString());
    }
    return new Destination(fileSystem, path, Optional.empty());
  }

  /**
   * The place of an image that is there.
   *
   * @throws NoSuchFileException if it is not
   */
  static Destination occupied(Path path, Configuration conf) throws IOException {
    FileSystem fileSystem = path.getFileSystem(conf);
    Optional<FileStatus> status = status(fileSystem, path);
    if (status.isEmpty()) {
      throw new NoSuchFileException(path.toString());
    }
    if (!status.get().isFile()) {
      throw new IOException(path + ": is no regular file");
    }
    return new Destination(fileSystem, path, status);
  }

  private static Optional<FileStatus> status(FileSystem fileSystem, Path path) throws IOException {
    try {
      return Optional.of(fileSystem.getFileStatus(path));
    } catch (FileNotFoundException nothing) {
      return Optional.empty();
    }
  }

  /** The file that was there, as readers of this connector know it. */
  Optional<ImageFile> file() {
    return before.map(status -> ImageFile.of(path.toString(), status));
  }

  /** Whether there is nothing now. */
  boolean isVacant() throws IOException {
    return status(fileSystem, path).isEmpty();
  }

  /**
   * Looks whether all is as it was.
   *
   * @return what is there
   * @throws ImageChangedException if it is not as it was
   */
  Optional<FileStatus> requireUnchanged() throws IOException {
    Optional<FileStatus> now = status(fileSystem, path);
    if (before.isEmpty()) {
      if (now.isPresent()) {
        throw changed("somebody else has created it", null);
      }
    } else if (now.isEmpty()) {
      throw changed("somebody else has removed it", null);
    } else if (!file().orElseThrow().isStill(ImageFile.of(path.toString(), now.get()))) {
      throw changed("it is another file now", null);
    }
    return now;
  }

  /**
   * The failure of publishing at a destination that is not what it was.
   *
   * @param cause null if there is none
   */
  ImageChangedException changed(String how, Exception cause) {
    return new ImageChangedException(
        path.toString(), ImageException.NO_OFFSET, "changed while writing: " + how, cause);
  }
}
