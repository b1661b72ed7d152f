package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.ImageInput;
import io.diskimage.format.ImageTarget;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.Finding;
import io.diskimage.format.check.Verdict;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What the tests of a driver that writes have to know of it. Has a constructor without arguments.
 */
public interface WriterProfile {

  /** What becomes of the content of a range that is given up. */
  enum Discards {
    /** Every byte of it is zero. */
    BYTES,
    /** Clusters that lie in it as a whole are zero, the rest is as it was. */
    WHOLE_CLUSTERS,
    /** Every byte of it is zero or as it was. */
    MAYBE
  }

  /** Name of the driver, and of QEMU's. */
  String format();

  /** How some image is created that histories run on: a few clusters, or a few blocks. */
  CreateCase random(Random random);

  /** Bytes that have one entry in the tables; what histories keep their borders at. */
  long clusterSize(CreateCase created);

  /** Requests that our driver takes; {@link Step.Kind#FLUSH} is always one. */
  Set<Step.Kind> kinds(CreateCase created);

  /** Those of them that {@code qemu-io} carries out, too, and with the same outcome. */
  Set<Step.Kind> qemuKinds(CreateCase created);

  default Discards discards(CreateCase created) {
    return Discards.MAYBE;
  }

  /**
   * Whether the size of the disk stands nowhere but in the length of the file: in a crash it may
   * end anywhere between the sizes that it had.
   */
  default boolean endsWithFile() {
    return false;
  }

  /** Whether QEMU creates and writes such images, too, and keeps what is in them. */
  default boolean isWrittenByQemu() {
    return true;
  }

  /**
   * Whether the image holds the whole disk, zeros when it is fresh. If not, QEMU does not show what
   * is to be seen.
   */
  default boolean standsAlone() {
    return true;
  }

  /** Whether {@code qemu-img check} knows the format. */
  default boolean qemuChecks() {
    return true;
  }

  /** Cases whose bytes are compared with those of {@code qemu-img create}. */
  List<CreateCase> createMatrix();

  /** Cases that {@code qemu-img create} refuses, and we for the same reason. */
  default List<CreateCase> refusedCases() {
    return List.of();
  }

  /**
   * Cases that {@code qemu-img create} takes or refuses, and we likewise: its options by two.
   *
   * @param directory of files that options name
   */
  default List<CreateCase> optionPairs(Path directory) throws IOException {
    return List.of();
  }

  /**
   * Fields of a fresh image that are not the same twice: identities and times.
   *
   * @param fileLength bytes
   */
  default List<ByteRange> freeFields(CreateCase created, long fileLength) {
    return List.of();
  }

  /**
   * Whether a finding is only the format's mark of an image that was not closed, or what the format
   * document allows after a crash.
   */
  default boolean isLeftByCrash(Finding finding, CheckReport report) {
    return false;
  }

  /** What {@code qemu-img check} may say of an image that was written and closed. */
  default boolean isSound(QemuImg.Check check, CreateCase created) {
    return check.exitCode() == 0;
  }

  /** What {@code qemu-img check} may say of an image after a crash. */
  default boolean isSoundAfterCrash(QemuImg.Check check) {
    return check.exitCode() == 0 || check.exitCode() == 3;
  }

  /** The worst that our check may say of an image that was written and closed. */
  default Verdict worstAfterWriting() {
    return Verdict.CLEAN;
  }

  /**
   * Makes more of a fresh image on a disk, by QEMU: snapshots, content in a backing file.
   *
   * @return whether it did; then the disk holds what {@code qemu-img convert} shows
   */
  default boolean prepare(Path image, CreateCase created, Random random) throws IOException {
    return false;
  }

  /** Holds what {@link #prepare} made besides the disk itself after all writing: snapshots. */
  default void requirePrepared(Path image, CreateCase created) throws IOException {
    // Nothing besides the disk.
  }

  /** Arguments that name an image to QEMU's programs. */
  default List<String> qemuArguments(Path image, CreateCase created) {
    return QemuImg.image(format(), image);
  }

  default ImageFormat driver() {
    return ImageFormats.byName(format()).orElseThrow();
  }

  /**
   * Creates an image by our driver.
   *
   * @param directory of the file, or where it would be
   */
  default WritableDiskImage create(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    return driver().create(target, created.createOptions());
  }

  /** Opens an image by our driver for change. */
  default WritableDiskImage openForWriting(ImageTarget target, CreateCase created, Path directory)
      throws IOException {
    return driver().openForWriting(target, WriteOptions.DEFAULT);
  }

  /** Opens an image by our driver for reading. */
  default DiskImage open(ImageInput input, CreateCase created, Path directory) throws IOException {
    return driver().open(input, OpenOptions.of(Purpose.READ));
  }

  /** The kinds of a driver that has all. */
  static Set<Step.Kind> allKinds() {
    return EnumSet.allOf(Step.Kind.class);
  }
}
