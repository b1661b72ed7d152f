package io.diskimage.spark.publish;

import io.diskimage.format.Closing;
import io.diskimage.format.ImageChangedException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageLockedException;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.LocalImageTarget;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;

/** A local file that is written in place. */
final class LocalDraft implements ImageDraft {
  private final Path file;

  /** Which file it is, whatever has its name later. */
  private final Object fileKey;

  private final boolean isNew;
  private final DraftTarget target;
  private boolean published;

  private LocalDraft(Path file, Object fileKey, boolean isNew, DraftTarget target) {
    this.file = file;
    this.fileKey = fileKey;
    this.isNew = isNew;
    this.target = target;
  }

  static LocalDraft create(org.apache.hadoop.fs.Path path) throws IOException {
    Path file = local(path);
    Files.createFile(file);
    try {
      return of(file, path.toString(), true);
    } catch (ImageLockedException taken) {
      // Somebody was quicker, and it is that one's file now.
      throw taken;
    } catch (IOException | RuntimeException failure) {
      Files.deleteIfExists(file);
      throw failure;
    }
  }

  static LocalDraft open(org.apache.hadoop.fs.Path path) throws IOException {
    return of(local(path), path.toString(), false);
  }

  private static Path local(org.apache.hadoop.fs.Path path) {
    return Path.of(path.toUri().getPath());
  }

  private static LocalDraft of(Path file, String location, boolean isNew) throws IOException {
    LocalImageTarget opened = LocalImageTarget.open(file);
    try {
      return new LocalDraft(file, keyOf(file), isNew, new DraftTarget(opened, location));
    } catch (IOException | RuntimeException failure) {
      opened.close();
      throw failure;
    }
  }

  private static Object keyOf(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  @Override
  public ImageTarget target() {
    return target;
  }

  @Override
  public void publish() throws IOException {
    target.requireClosed();
    if (published) {
      throw new IllegalStateException(target.location() + ": the image is published twice");
    }
    if (!isStillThere()) {
      throw new ImageChangedException(
          target.location(),
          ImageException.NO_OFFSET,
          "changed while writing: another file, or none, has its name now");
    }
    published = true;
  }

  private boolean isStillThere() throws IOException {
    try {
      return Objects.equals(keyOf(file), fileKey);
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  /** What is given up goes while its lock is held, if that is still so. */
  @Override
  public void close() throws IOException {
    Closeable givenUp = isNew && !published ? this::remove : () -> {};
    Closing.all(List.of(givenUp, target));
  }

  private void remove() throws IOException {
    if (isStillThere()) {
      Files.deleteIfExists(file);
    }
  }
}
