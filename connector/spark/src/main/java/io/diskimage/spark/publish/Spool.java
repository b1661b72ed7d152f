package io.diskimage.spark.publish;

import io.diskimage.format.Closing;
import io.diskimage.format.ImageInput;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A file of this machine, in a directory of its own, in which an image is written before it is
 * published. Only its owner can read it. It is as sparse as the image was written: pieces without
 * data are zero, and neither written here nor read.
 */
final class Spool implements Closeable {

  /** Bytes asked for at once of an image that is copied here. */
  private static final int READ = 8 * StoredPieces.PIECE;

  private static final byte[] ZEROS = new byte[StoredPieces.PIECE];

  private final Path directory;
  private final Path file;
  private final StoredPieces stored;
  private final DraftTarget target;

  private Spool(Path directory, Path file, StoredPieces stored, DraftTarget target) {
    this.directory = directory;
    this.file = file;
    this.stored = stored;
    this.target = target;
  }

  /**
   * An empty spool.
   *
   * @param parent existing directory
   * @param location of the image, for messages
   */
  static Spool create(Path parent, String location) throws IOException {
    // Java makes temporary files and directories for their owner alone.
    Path directory = Files.createTempDirectory(parent, "diskimage-spool-");
    Path file = null;
    try {
      file = Files.createTempFile(directory, "image-", null);
      StoredPieces stored = new StoredPieces();
      LocalImageTarget opened = LocalImageTarget.open(file);
      return new Spool(directory, file, stored, new SpoolTarget(opened, location, stored));
    } catch (IOException | RuntimeException failure) {
      delete(file, directory, failure);
      throw failure;
    }
  }

  private static void delete(Path file, Path directory, Exception reason) {
    try {
      if (file != null) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException left) {
      reason.addSuppressed(left);
    }
  }

  /** Notes where data is written. */
  private static final class SpoolTarget extends DraftTarget {
    private final StoredPieces stored;

    SpoolTarget(LocalImageTarget file, String location, StoredPieces stored) {
      super(file, location);
      this.stored = stored;
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      stored.add(position, source.remaining());
      super.write(position, source);
    }
  }

  DraftTarget target() {
    return target;
  }

  /** Copies an image here. */
  void fill(ImageInput image) throws IOException {
    byte[] buffer = new byte[(int) Math.min(READ, image.length())];
    long position = 0;
    while (position < image.length()) {
      // In sequence: stores send ahead what comes next.
      int count = image.read(position, new ByteBuffer[] {ByteBuffer.wrap(buffer)});
      for (int start = 0; start < count; start += StoredPieces.PIECE) {
        int length = Math.min(StoredPieces.PIECE, count - start);
        if (!Arrays.equals(buffer, start, start + length, ZEROS, 0, length)) {
          target.write(position + start, buffer, start, length);
        }
      }
      position += count;
    }
    target.setLength(image.length());
  }

  /** Writes the image, all its bytes, to a stream. */
  void copyTo(OutputStream stream) throws IOException {
    target.requireClosed();
    byte[] buffer = new byte[StoredPieces.PIECE];
    try (ImageInput image = LocalImageInput.open(file, target.location())) {
      for (long position = 0; position < image.length(); position += StoredPieces.PIECE) {
        int length = (int) Math.min(StoredPieces.PIECE, image.length() - position);
        byte[] piece = ZEROS;
        if (stored.contains(position)) {
          piece = buffer;
          image.read(position, ByteBuffer.wrap(buffer, 0, length));
        }
        stream.write(piece, 0, length);
      }
    }
  }

  /** Deletes all of it. */
  @Override
  public void close() throws IOException {
    Closeable content = () -> Files.deleteIfExists(file);
    Closeable place = () -> Files.deleteIfExists(directory);
    Closing.all(List.of(target, content, place));
  }
}
