package io.diskimage.format.oracle.write;

import io.diskimage.format.WritableDiskImage;
import java.io.IOException;
import java.nio.file.Path;

/** A request of a guest, or of who keeps its disk. */
public sealed interface Step {

  /** What sorts of requests there are. */
  enum Kind {
    WRITE,
    ZEROES,
    DISCARD,
    COMPRESSED,
    GROW,
    SHRINK,
    FLUSH
  }

  void on(WritableDiskImage image) throws IOException;

  void on(DiskModel model);

  /** First byte that it may change on a disk. */
  long from(long diskSize);

  /** End of the bytes that it may change. */
  long to(long diskSize);

  /**
   * The same for {@code qemu-io}.
   *
   * @param noises directory of {@link Fill#writeNoises}
   */
  String command(Path noises);

  /** A request for a range of the disk. */
  sealed interface Ranged extends Step {
    /** First byte. */
    long offset();

    /** How many bytes. */
    long length();

    @Override
    default long from(long diskSize) {
      return offset();
    }

    @Override
    default long to(long diskSize) {
      return offset() + length();
    }
  }

  /**
   * Writes data.
   *
   * @param compressed whether the range is whole clusters that are to be compressed
   */
  record Write(long offset, long length, Fill fill, boolean compressed) implements Ranged {
    /** Not from the start of the array, for an offset that is forgotten to show. */
    private static final int SKIPPED = 3;

    private byte[] bytes() {
      return fill.bytes(Math.toIntExact(length));
    }

    @Override
    public void on(WritableDiskImage image) throws IOException {
      byte[] bytes = bytes();
      byte[] source = new byte[SKIPPED + bytes.length];
      System.arraycopy(bytes, 0, source, SKIPPED, bytes.length);
      if (compressed) {
        image.writeCompressed(offset, source, SKIPPED, bytes.length);
      } else {
        image.write(offset, source, SKIPPED, bytes.length);
      }
    }

    @Override
    public void on(DiskModel model) {
      model.write(offset, bytes());
    }

    @Override
    public String command(Path noises) {
      String command = compressed ? "write -q -c " : "write -q ";
      return command + fill.argument(noises) + " " + offset + " " + length;
    }
  }

  /** Writes zeros. */
  record Zeroes(long offset, long length, boolean unmap) implements Ranged {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      image.writeZeroes(offset, length, unmap);
    }

    @Override
    public void on(DiskModel model) {
      model.zero(offset, length);
    }

    @Override
    public String command(Path noises) {
      return "write -q -z " + (unmap ? "-u " : "") + offset + " " + length;
    }
  }

  /** Gives up content. */
  record Discard(long offset, long length) implements Ranged {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      image.discard(offset, length);
    }

    @Override
    public void on(DiskModel model) {
      model.discard(offset, length);
    }

    @Override
    public String command(Path noises) {
      return "discard -q " + offset + " " + length;
    }
  }

  /** Makes the disk larger or smaller. */
  record Resize(long size) implements Step {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      image.resize(size, true);
    }

    @Override
    public void on(DiskModel model) {
      model.resize(size);
    }

    @Override
    public long from(long diskSize) {
      return Math.min(diskSize, size);
    }

    @Override
    public long to(long diskSize) {
      return Math.max(diskSize, size);
    }

    @Override
    public String command(Path noises) {
      return "truncate " + size;
    }
  }

  /** Wants all that was written to stay. */
  record Flush() implements Step {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      image.flush();
    }

    @Override
    public void on(DiskModel model) {
      // The disk holds what it held.
    }

    @Override
    public long from(long diskSize) {
      return 0;
    }

    @Override
    public long to(long diskSize) {
      return 0;
    }

    @Override
    public String command(Path noises) {
      return "flush";
    }
  }
}
