package io.diskimage.spark.publish;

import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Begins images to be created or changed. */
public final class ImageDrafts {
  private final Configuration conf;
  private final java.nio.file.Path spoolDirectory;

  /** With spools in {@code java.io.tmpdir}. */
  public ImageDrafts(Configuration conf) {
    this(conf, java.nio.file.Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * With a place for spools.
   *
   * @param conf for file systems
   * @param spoolDirectory existing directory with room for an image as a whole; only its owner can
   *     read what is put there
   */
  public ImageDrafts(Configuration conf, java.nio.file.Path spoolDirectory) {
    this.conf = conf;
    this.spoolDirectory = spoolDirectory;
  }

  /**
   * Begins a new image.
   *
   * @param path in a directory that exists
   * @throws FileAlreadyExistsException if there is a file
   */
  public ImageDraft create(Path path) throws IOException {
    Path qualified = path.getFileSystem(conf).makeQualified(path);
    return ImageInputs.isLocal(qualified)
        ? LocalDraft.create(qualified)
        : SpooledDraft.create(Destination.vacant(qualified, conf), spoolDirectory);
  }

  /**
   * Begins to change an image; where it is not local, this copies all of it here.
   *
   * @throws NoSuchFileException if there is no file
   * @throws io.diskimage.format.ImageLockedException if somebody else uses a local one
   * @throws io.diskimage.format.ImageChangedException if it changes meanwhile
   */
  public ImageDraft open(Path path) throws IOException {
    Path qualified = path.getFileSystem(conf).makeQualified(path);
    return ImageInputs.isLocal(qualified)
        ? LocalDraft.open(qualified)
        : SpooledDraft.open(Destination.occupied(qualified, conf), conf, spoolDirectory);
  }
}
