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

  /** Writes data. */
  record Write(long offset, int length, Fill fill) implements Step {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      // Not from the start of the array, for an offset that is forgotten to show.
      byte[] source = new byte[length + 3];
      System.arraycopy(fill.bytes(length), 0, source, 3, length);
      image.write(offset, source, 3, length);
    }

    @Override
    public void on(DiskModel model) {
      model.write(offset, fill.bytes(length));
    }

    @Override
    public long from(long diskSize) {
      return offset;
    }

    @Override
    public long to(long diskSize) {
      return offset + length;
    }

    @Override
    public String command(Path noises) {
      return "write -q " + fill.argument(noises) + " " + offset + " " + length;
    }
  }

  /** Writes whole clusters compressed. */
  record Compressed(long offset, int length, Fill fill) implements Step {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      byte[] source = new byte[length + 3];
      System.arraycopy(fill.bytes(length), 0, source, 3, length);
      image.writeCompressed(offset, source, 3, length);
    }

    @Override
    public void on(DiskModel model) {
      model.write(offset, fill.bytes(length));
    }

    @Override
    public long from(long diskSize) {
      return offset;
    }

    @Override
    public long to(long diskSize) {
      return offset + length;
    }

    @Override
    public String command(Path noises) {
      return "write -q -c " + fill.argument(noises) + " " + offset + " " + length;
    }
  }

  /** Writes zeros. */
  record Zeroes(long offset, long length, boolean unmap) implements Step {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      image.writeZeroes(offset, length, unmap);
    }

    @Override
    public void on(DiskModel model) {
      model.zero(offset, length);
    }

    @Override
    public long from(long diskSize) {
      return offset;
    }

    @Override
    public long to(long diskSize) {
      return offset + length;
    }

    @Override
    public String command(Path noises) {
      return "write -q -z " + (unmap ? "-u " : "") + offset + " " + length;
    }
  }

  /** Gives up content. */
  record Discard(long offset, long length) implements Step {
    @Override
    public void on(WritableDiskImage image) throws IOException {
      image.discard(offset, length);
    }

    @Override
    public void on(DiskModel model) {
      model.discard(offset, length);
    }

    @Override
    public long from(long diskSize) {
      return offset;
    }

    @Override
    public long to(long diskSize) {
      return offset + length;
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
