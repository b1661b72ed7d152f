package io.diskimage.spark.publish;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Writes an image beside its destination, under a name that listings leave out, and renames it when
 * all of it is on stable storage.
 */
final class RenamePublisher implements Publisher {
  private static final int BUFFER = 64 << 10;

  /** Of the destination's name; file systems bound names at 255 bytes, HDFS among them. */
  private static final int MAX_NAME = 64;

  private static final FsPermission OWNER_ONLY = new FsPermission("600");

  private final Destination destination;
  private final FileContext renames;

  /** Whether there is a file with an owner and permissions. */
  private final boolean handsDown;

  /** What is to be removed if it is not renamed, or null. */
  private Path hidden;

  private RenamePublisher(Destination destination, FileContext renames, boolean handsDown) {
    this.destination = destination;
    this.renames = renames;
    this.handsDown = handsDown;
  }

  static RenamePublisher at(Destination destination) throws IOException {
    FileSystem fileSystem = destination.fileSystem();
    var unused = fileSystem.getFileStatus(destination.path().getParent());
    boolean handsDown =
        destination.before().isPresent()
            && fileSystem.hasPathCapability(
                destination.path(), CommonPathCapabilities.FS_PERMISSIONS);
    return new RenamePublisher(
        destination,
        FileContext.getFileContext(fileSystem.getUri(), fileSystem.getConf()),
        handsDown);
  }

  @Override
  public void publish(Spool image) throws IOException {
    hidden = hiddenPath();
    write(image);
    if (handsDown) {
      FileStatus file = destination.requireUnchanged().orElseThrow();
      FileOwnership.handDown(destination.fileSystem(), file, hidden);
    }
    destination.requireUnchanged();
    rename();
    hidden = null;
  }

  private void write(Spool image) throws IOException {
    FSDataOutputStream stream = create();
    try {
      image.copyTo(stream);
      if (stream.hasCapability(StreamCapabilities.HSYNC)) {
        stream.hsync();
      }
    } catch (IOException | RuntimeException failure) {
      closeAfter(failure, stream);
      throw failure;
    }
    stream.close();
  }

  /** HDFS fails with the same exception again, which no exception can have suppressed itself. */
  private static void closeAfter(Exception failure, FSDataOutputStream stream) {
    try {
      stream.close();
    } catch (IOException again) {
      if (again != failure) {
        failure.addSuppressed(again);
      }
    }
  }

  private Path hiddenPath() {
    String name = destination.path().getName();
    String start = name.substring(0, Math.min(name.length(), MAX_NAME));
    return new Path(
        destination.path().getParent(), "." + start + "." + UUID.randomUUID() + ".unpublished");
  }

  /** What is to replace an image is nobody else's to read before it is as that was. */
  private FSDataOutputStream create() throws IOException {
    FileSystem fileSystem = destination.fileSystem();
    Optional<FileStatus> before = destination.before();
    return fileSystem.create(
        hidden,
        handsDown ? OWNER_ONLY : FsPermission.getFileDefault(),
        // Each block is on the disks before the next one begins, and hsync() is left with the last.
        EnumSet.of(CreateFlag.CREATE, CreateFlag.SYNC_BLOCK),
        BUFFER,
        before.map(FileStatus::getReplication).orElse(fileSystem.getDefaultReplication(hidden)),
        before.map(FileStatus::getBlockSize).orElse(fileSystem.getDefaultBlockSize(hidden)),
        null);
  }

  private void rename() throws IOException {
    if (destination.before().isEmpty()) {
      try {
        renames.rename(hidden, destination.path());
      } catch (FileAlreadyExistsException created) {
        throw destination.changed("somebody else has created it", created);
      }
      return;
    }
    try {
      renames.rename(hidden, destination.path(), Rename.OVERWRITE);
    } catch (IOException failure) {
      keepIfOnlyCopy(failure);
      throw failure;
    }
  }

  /**
   * A file system that cannot replace in one step may have removed the old image before it failed.
   */
  private void keepIfOnlyCopy(IOException failure) {
    Path copy = hidden;
    hidden = null;
    try {
      if (!destination.isVacant()) {
        hidden = copy;
        return;
      }
    } catch (IOException unknown) {
      failure.addSuppressed(unknown);
    }
    failure.addSuppressed(
        new IOException(
            destination.path() + ": the old image may be gone; the new one is kept as " + copy));
  }

  @Override
  public void close() throws IOException {
    if (hidden != null) {
      // There is nothing to delete if it could not even be created.
      destination.fileSystem().delete(hidden, false);
      hidden = null;
    }
  }
}
