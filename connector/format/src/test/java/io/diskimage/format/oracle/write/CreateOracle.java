package io.diskimage.format.oracle.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.diskimage.format.InvalidOptionException;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Fresh images are those that {@code qemu-img create} makes, but for identities and times. */
final class CreateOracle {
  private final WriterProfile profile;
  private final Path directory;
  private final Path file;

  /**
   * Fresh images of a driver.
   *
   * @param directory for those that QEMU makes
   */
  CreateOracle(WriterProfile profile, Path directory) {
    this.profile = profile;
    this.directory = directory;
    this.file = directory.resolve("created." + profile.format());
  }

  void requireSameBytes(CreateCase created) throws IOException {
    Files.deleteIfExists(file);
    QemuImg.create(profile.format(), created.argument(), file, String.valueOf(created.size()));
    MemoryTarget theirs = MemoryTarget.of(file);
    MemoryTarget ours = new MemoryTarget();
    // Whatever it held.
    ours.write(1000, new byte[] {1, 2, 3}, 0, 3);
    try (WritableDiskImage image = profile.create(ours, created, directory)) {
      assertThat(image.info().format()).isEqualTo(profile.format());
    }
    assertThat(ours.length()).as("length of the file of %s", created).isEqualTo(theirs.length());
    List<ByteRange> free = profile.freeFields(created, ours.length());
    byte[] ourPiece = new byte[SparseBytes.PAGE];
    byte[] theirPiece = new byte[SparseBytes.PAGE];
    for (long at : ours.pagesWith(theirs)) {
      read(ours, at, ourPiece);
      read(theirs, at, theirPiece);
      requireSame(at, ourPiece, theirPiece, free, created);
    }
  }

  private static void read(MemoryTarget from, long at, byte[] piece) {
    ByteBuffer target = ByteBuffer.wrap(piece);
    from.read(at, target);
    Arrays.fill(piece, target.position(), piece.length, (byte) 0);
  }

  private static void requireSame(
      long offset, byte[] ours, byte[] theirs, List<ByteRange> free, CreateCase created) {
    int at = Arrays.mismatch(ours, theirs);
    for (; at >= 0 && at < ours.length; at++) {
      long position = offset + at;
      if (ours[at] != theirs[at] && free.stream().noneMatch(each -> each.contains(position))) {
        throw new AssertionError(
            "%s: byte %d of the file is %#x, that of qemu-img create %#x"
                .formatted(created, position, ours[at], theirs[at]));
      }
    }
  }

  /** We take the options, and for the same bytes, or refuse them, as QEMU does. */
  void requireSameAnswer(CreateCase created) throws IOException {
    QemuImg.Outcome theirs = theirs(created);
    if (theirs.exitCode() == 0) {
      requireSameBytes(created);
    } else {
      requireRefused(created, theirs);
    }
  }

  private QemuImg.Outcome theirs(CreateCase created) throws IOException {
    Files.deleteIfExists(file);
    return QemuImg.created(
        profile.format(), created.argument(), file, String.valueOf(created.size()));
  }

  /** QEMU refuses the options, and we do in its words, without a change of the file. */
  void requireRefused(CreateCase created) throws IOException {
    QemuImg.Outcome theirs = theirs(created);
    assertThat(theirs.exitCode()).as("%s: %s", created, theirs.output()).isNotZero();
    Throwable ours = requireRefused(created, theirs);
    assertThat(theirs.output()).as("%s", created).contains(ours.getMessage());
  }

  private Throwable requireRefused(CreateCase created, QemuImg.Outcome theirs) throws IOException {
    MemoryTarget target = new MemoryTarget();
    target.write(0, new byte[] {7}, 0, 1);
    Throwable ours = catchThrowable(() -> profile.create(target, created, directory).close());
    assertThat(ours)
        .as("%s, which QEMU refuses: %s", created, theirs.output())
        .isInstanceOf(InvalidOptionException.class);
    assertThat(target.length()).isEqualTo(1);
    return ours;
  }
}
