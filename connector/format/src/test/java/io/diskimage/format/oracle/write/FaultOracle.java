package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.write.FaultyTarget.Fault;
import io.diskimage.format.oracle.write.MemoryImages.Fresh;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Writes that fail and disks that are full: the exception is seen, the writer goes on showing what
 * is there, and the file is as sound as after a crash.
 */
final class FaultOracle {
  private final WriterProfile profile;
  private final MemoryImages images;

  FaultOracle(WriterProfile profile, Path directory) {
    this.profile = profile;
    this.images = new MemoryImages(profile, directory);
  }

  /**
   * One history, several times with another fault.
   *
   * @return how many faults were met
   */
  int attempt(Random random, int faults) throws IOException {
    Fresh fresh = images.next(random);
    MemoryTarget whole = fresh.file().copy();
    long before = whole.length();
    int events = run(fresh, whole, Fault.NONE).count();
    int met = 0;
    for (int i = 0; i < faults && events > 0; i++) {
      int at = random.nextInt(events);
      Fault fault =
          switch (random.nextInt(3)) {
            case 0 -> Fault.once(at, random.nextBoolean());
            case 1 -> Fault.from(at, random.nextBoolean());
            default ->
                Fault.full(before + random.nextLong(1 + Math.max(0, whole.length() - before)));
          };
      try {
        met += run(fresh, fresh.file().copy(), fault).failures() > 0 ? 1 : 0;
      } catch (IOException | RuntimeException | AssertionError failure) {
        throw new AssertionError(
            "%s, %s in %s: %s"
                .formatted(fresh.created(), fault, fresh.history(), failure.getMessage()),
            failure);
      }
    }
    return met;
  }

  private FaultyTarget run(Fresh fresh, MemoryTarget file, Fault fault) throws IOException {
    FaultyTarget target = new FaultyTarget(file, fault);
    CrashModel model = new CrashModel(fresh.disk().copy(), profile.endsWithFile());
    for (List<Step> session : fresh.history().sessions()) {
      if (!session(session, fresh.created(), target, model)) {
        break;
      }
    }
    if (target.failures() > 0) {
      Soundness.requireAfterCrash(profile, file.copy());
    } else {
      Soundness.require(profile, file.copy(), profile.worstAfterWriting());
    }
    try (DiskImage image = profile.open(file.copy(), fresh.created(), images.directory())) {
      model.require(image, "what is left");
    }
    return target;
  }

  /** Returns false if the image could not be opened or closed as it should. */
  private boolean session(
      List<Step> session, CreateCase created, FaultyTarget target, CrashModel model)
      throws IOException {
    WritableDiskImage image;
    try {
      image = profile.openForWriting(target, created, images.directory());
    } catch (IOException notOpened) {
      requireCause(target, "opening", notOpened);
      return false;
    }
    for (Step step : session) {
      if (model.now().fits(step)) {
        step(step, image, target, model);
      }
    }
    model.now().settle(image, "what the writer shows before closing");
    int failures = target.failures();
    try {
      image.close();
    } catch (IOException notClosed) {
      requireCause(target, "closing", notClosed);
      return false;
    }
    if (target.failures() > failures) {
      throw new AssertionError("a failure while closing is not reported");
    }
    if (failures == 0) {
      model.flushed();
    }
    return failures == 0;
  }

  private static void step(
      Step step, WritableDiskImage image, FaultyTarget target, CrashModel model)
      throws IOException {
    int failures = target.failures();
    try {
      step.on(image);
    } catch (IOException failure) {
      requireCause(target, step.toString(), failure);
      model.failed(step, image);
      return;
    }
    if (target.failures() > failures) {
      throw new AssertionError("a failure is not reported by " + step);
    }
    model.step(step);
    if (step instanceof Step.Discard) {
      model.settle(image, step);
    }
    if (step instanceof Step.Flush) {
      model.flushed();
    }
  }

  private static void requireCause(FaultyTarget target, String during, IOException failure) {
    if (target.failures() == 0) {
      throw new AssertionError(during + " fails without a cause: " + failure, failure);
    }
  }
}
