package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.write.FaultyTarget.Fault;
import io.diskimage.format.oracle.write.MemoryImages.Fresh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Crashes at every write of a history: what was flushed is there, and the image is sound. In some
 * histories a write fails before.
 */
final class CrashOracle {
  /** One in so many states is written on, and one in so many is shown to QEMU. */
  private static final int WRITTEN_ON = 3;

  private static final int SHOWN_TO_QEMU = 200;

  /** One history in so many has a failure, among so many first writes. */
  private static final int FAILING = 3;

  private static final int FAILING_AMONG = 150;

  private final WriterProfile profile;
  private final MemoryImages images;
  private int cuts;

  CrashOracle(WriterProfile profile, Path directory) {
    this.profile = profile;
    this.images = new MemoryImages(profile, directory);
  }

  /** Crashes that were tried so far. */
  int cuts() {
    return cuts;
  }

  /** Crashes of one history. */
  void attempt(Random random) throws IOException {
    Fresh fresh = images.next(random);
    RecordingTarget file = new RecordingTarget(fresh.file());
    Fault fault =
        random.nextInt(FAILING) == 0
            ? Fault.once(random.nextInt(FAILING_AMONG), random.nextBoolean())
            : Fault.NONE;
    FaultyTarget target = new FaultyTarget(file, fault);
    CrashModel model = new CrashModel(fresh.disk(), profile.endsWithFile());
    for (List<Step> session : fresh.history().sessions()) {
      int opened = file.events();
      try (WritableDiskImage image =
          profile.openForWriting(target, fresh.created(), images.directory())) {
        crash(file, opened, file.events(), fresh, model, random, "opening");
        for (Step step : session) {
          if (model.now().fits(step)) {
            int before = file.events();
            boolean done = step(step, image, target, model);
            crash(file, before, file.events(), fresh, model, random, step.toString());
            if (done && step instanceof Step.Flush) {
              model.flushed();
            }
          }
        }
        opened = file.events();
      } catch (IOException failure) {
        requireCause(target, failure);
      }
      crash(file, opened, file.events(), fresh, model, random, "opening or closing");
      if (target.failures() > 0) {
        break;
      }
      model.flushed();
    }
    crash(file, file.events(), file.events() + 1, fresh, model, random, "the end of " + fault);
  }

  private static boolean step(
      Step step, WritableDiskImage image, FaultyTarget target, CrashModel model)
      throws IOException {
    try {
      step.on(image);
    } catch (IOException failure) {
      requireCause(target, failure);
      model.failed(step, image);
      return false;
    }
    model.step(step);
    if (step instanceof Step.Discard) {
      model.settle(image, step);
    }
    return true;
  }

  private static void requireCause(FaultyTarget target, IOException failure) throws IOException {
    if (target.failures() == 0) {
      throw failure;
    }
  }

  /**
   * Crashes before each of some events.
   *
   * @param first number of the first event that is lost
   * @param end of these numbers
   */
  private void crash(
      RecordingTarget file,
      int first,
      int end,
      Fresh fresh,
      CrashModel model,
      Random random,
      String during)
      throws IOException {
    for (int events = first; events < end; events++) {
      Cut cut = Cut.after(events, random);
      try {
        require(file.after(cut), fresh.created(), model, random);
      } catch (IOException | RuntimeException | AssertionError failure) {
        throw new AssertionError(
            "%s, crash %s during %s of %s: %s"
                .formatted(fresh.created(), cut, during, fresh.history(), failure.getMessage()),
            failure);
      }
      cuts++;
    }
  }

  private void require(MemoryTarget state, CreateCase created, CrashModel model, Random random)
      throws IOException {
    Soundness.requireAfterCrash(profile, state.copy());
    try (DiskImage image = profile.open(state.copy(), created, images.directory())) {
      model.require(image, "after the crash");
    }
    if (random.nextInt(SHOWN_TO_QEMU) == 0 && profile.qemuChecks() && QemuImg.available()) {
      requireSoundForQemu(state, created);
    }
    if (random.nextInt(WRITTEN_ON) == 0) {
      writeOn(state, created, model, random);
    }
  }

  private void requireSoundForQemu(MemoryTarget state, CreateCase created) throws IOException {
    Path file = images.directory().resolve("crashed." + profile.format());
    Files.deleteIfExists(file);
    state.writeTo(file);
    QemuImg.Check check = QemuImg.check(profile.qemuArguments(file, created));
    if (!profile.isSoundAfterCrash(check)) {
      throw new AssertionError(
          "qemu-img check: %d %s %s".formatted(check.exitCode(), check.json(), check.messages()));
    }
  }

  /** What is left can be written on, and then holds that too. */
  private void writeOn(MemoryTarget state, CreateCase created, CrashModel model, Random random)
      throws IOException {
    DiskModel disk;
    Path directory = images.directory();
    try (WritableDiskImage image = profile.openForWriting(state, created, directory)) {
      model.require(image, "writer after the crash");
      long size = image.virtualSize();
      disk = new DiskModel(size, profile.clusterSize(created), WriterProfile.Discards.MAYBE);
      disk.take(image);
      int length = (int) Math.min(size, 1 + random.nextInt(70_000));
      if (length > 0) {
        Step step =
            new Step.Write(random.nextLong(size - length + 1), length, Fill.random(random), false);
        step.on(image);
        step.on(disk);
      }
    }
    try (DiskImage image = profile.open(state.copy(), created, directory)) {
      disk.settle(image, "written on after the crash");
    }
    Soundness.requireAfterCrash(profile, state.copy());
  }
}
