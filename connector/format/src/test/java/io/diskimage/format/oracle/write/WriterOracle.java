package io.diskimage.format.oracle.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Histories on real files, carried out by our driver and by QEMU, whole or session by session in
 * turn. Afterwards the image is sound, and both read what the model says.
 */
final class WriterOracle {
  private static final int MOST_STEPS = 24;

  /** Who carries out a session. */
  private enum Writers {
    OURS,
    QEMU,
    IN_TURN
  }

  private final WriterProfile profile;
  private final Path directory;
  private final Path file;

  /**
   * Histories of one driver.
   *
   * @param directory for images
   */
  WriterOracle(WriterProfile profile, Path directory) {
    this.profile = profile;
    this.directory = directory;
    this.file = directory.resolve("disk." + profile.format());
    Fill.writeNoises(directory);
  }

  /** One history on an image, by whom is left to chance. */
  void attempt(Random random) throws IOException {
    Files.deleteIfExists(file);
    CreateCase created = profile.random(random);
    boolean shared = profile.isWrittenByQemu();
    create(created, random.nextBoolean() || !shared);
    boolean prepared = random.nextInt(3) == 0 && profile.prepare(file, created, random);
    try {
      DiskModel model = fresh(created, prepared);
      long cluster = profile.clusterSize(created);
      int steps = 1 + random.nextInt(MOST_STEPS);
      Writers any = Writers.values()[random.nextInt(Writers.values().length)];
      Writers writers = shared ? any : Writers.OURS;
      boolean alone = writers == Writers.OURS;
      Set<Step.Kind> kinds = alone ? profile.kinds(created) : profile.qemuKinds(created);
      HistoryGenerator generator = new HistoryGenerator(random, model.size(), cluster, kinds);
      History history =
          alone ? generator.history(steps) : generator.historyForQemu(steps, !prepared);
      run(history, created, model, writers);
      requireSound(created);
      requireContent(created, model);
      if (prepared) {
        profile.requirePrepared(file, created);
      }
    } catch (IOException | RuntimeException | AssertionError failure) {
      throw new AssertionError(created + ": " + failure.getMessage(), failure);
    }
  }

  private void create(CreateCase created, boolean ours) throws IOException {
    if (!ours) {
      QemuImg.create(profile.format(), created.argument(), file, String.valueOf(created.size()));
      return;
    }
    LocalImageTarget target = LocalImageTarget.create(file);
    try (WritableDiskImage image = profile.create(target, created, directory)) {
      assertThat(image.info().format()).isEqualTo(profile.format());
    }
  }

  private DiskModel fresh(CreateCase created, boolean prepared) throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file);
        DiskImage image = profile.open(input, created, directory)) {
      DiskModel model =
          new DiskModel(
              image.virtualSize(), profile.clusterSize(created), profile.discards(created));
      if (prepared || !profile.standsAlone()) {
        model.take(image);
        requireContent(created, model);
      } else {
        model.settle(image, "fresh image");
      }
      return model;
    }
  }

  private void run(History history, CreateCase created, DiskModel model, Writers writers)
      throws IOException {
    int number = 0;
    for (List<Step> session : history.sessions()) {
      boolean ours =
          switch (writers) {
            case OURS -> true;
            case QEMU -> false;
            case IN_TURN -> number % 2 == 0;
          };
      if (ours) {
        ourSession(session, created, model, "session " + number);
      } else {
        qemuSession(session, created, model);
      }
      number++;
    }
  }

  private void ourSession(List<Step> session, CreateCase created, DiskModel model, String what)
      throws IOException {
    LocalImageTarget target = LocalImageTarget.open(file);
    try (WritableDiskImage image = profile.openForWriting(target, created, directory)) {
      for (Step step : session) {
        step.on(image);
        step.on(model);
      }
      model.settle(image, "what our writer shows after " + what + ", " + session);
    }
  }

  private void qemuSession(List<Step> session, CreateCase created, DiskModel model)
      throws IOException {
    List<String> commands = new ArrayList<>();
    for (Step step : session) {
      commands.add(step.command(directory));
      step.on(model);
    }
    QemuImg.io(profile.qemuArguments(file, created), commands);
  }

  private void requireSound(CreateCase created) throws IOException {
    if (profile.qemuChecks()) {
      QemuImg.Check check = QemuImg.check(profile.qemuArguments(file, created));
      assertThat(profile.isSound(check, created))
          .as("sound by qemu-img check, which says %s %s", check.exitCode(), check.messages())
          .isTrue();
    }
    Soundness.require(profile, LocalImageInput.open(file), profile.worstAfterWriting());
  }

  /** What both read is the same, and what the model says. */
  private void requireContent(CreateCase created, DiskModel model) throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file);
        DiskImage image = profile.open(input, created, directory)) {
      model.settle(image, "what we read");
    }
    if (profile.standsAlone()) {
      requireContentForQemu(created, model);
    }
  }

  private void requireContentForQemu(CreateCase created, DiskModel model) throws IOException {
    Path raw = directory.resolve("converted.raw");
    List<String> convert = new ArrayList<>(List.of("convert", "-O", "raw"));
    convert.addAll(profile.qemuArguments(file, created));
    convert.add(raw.toString());
    QemuImg.run(convert.toArray(String[]::new));
    try (FileChannel converted = FileChannel.open(raw)) {
      assertThat(converted.size()).as("size that QEMU sees").isEqualTo(model.size());
      model.settle((offset, bytes) -> fill(converted, offset, bytes), "what QEMU reads");
    }
  }

  private static void fill(FileChannel from, long offset, byte[] bytes) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(bytes);
    while (target.hasRemaining()) {
      assertThat(from.read(target, offset + target.position())).isPositive();
    }
  }
}
