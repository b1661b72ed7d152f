package io.diskimage.format.oracle.write;

import io.diskimage.format.DiskImage;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.oracle.write.MemoryImages.Fresh;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A JVM that writes a history to a file and tells on its output which step it begins and which it
 * has done, until it is killed.
 */
final class KilledWriter {
  private static final int STEPS = 2000;
  private static final String DONE = "done";

  private final WriterProfile profile;
  private final MemoryImages images;

  KilledWriter(WriterProfile profile, Path directory) {
    this.profile = profile;
    this.images = new MemoryImages(profile, directory);
  }

  /** Kills a writer somewhere in its history: what it had flushed is there. */
  void attempt(Random random) throws IOException, InterruptedException {
    Fresh fresh = images.next(random);
    Path file = images.directory().resolve("killed." + profile.format());
    fresh.file().writeTo(file);
    long seed = random.nextLong();
    List<Step> steps = steps(fresh.created(), fresh.disk().size(), seed);
    int[] told = writeUntilKilled(file, fresh, seed, random.nextInt(steps.size() / 2));
    CrashModel model = new CrashModel(fresh.disk(), profile.endsWithFile());
    for (int i = 0; i <= told[0]; i++) {
      model.step(steps.get(i));
      if (i <= told[1] && steps.get(i) instanceof Step.Flush) {
        model.flushed();
      }
    }
    Soundness.requireAfterCrash(profile, LocalImageInput.open(file));
    try (LocalImageInput input = LocalImageInput.open(file);
        DiskImage image = profile.open(input, fresh.created(), images.directory())) {
      model.require(image, "after kill -9 in step %d of seed %d".formatted(told[0], seed));
    }
    LocalImageTarget target = LocalImageTarget.open(file);
    try (WritableDiskImage image =
        profile.openForWriting(target, fresh.created(), images.directory())) {
      model.require(image, "writer after kill -9");
    }
  }

  /** A history that does not end before the writer is killed, if it can be helped. */
  private List<Step> steps(CreateCase created, long size, long seed) {
    return steps(profile, created, size, seed);
  }

  private static List<Step> steps(WriterProfile profile, CreateCase created, long size, long seed) {
    Set<Step.Kind> kinds = EnumSet.copyOf(profile.kinds(created));
    if (profile.discards(created) == WriterProfile.Discards.MAYBE) {
      kinds.remove(Step.Kind.DISCARD);
    }
    return new HistoryGenerator(new Random(seed), size, profile.clusterSize(created), kinds)
        .history(STEPS)
        .steps();
  }

  /** Returns the last step that was begun, and the last one that was done, or -1 for none. */
  private int[] writeUntilKilled(Path file, Fresh fresh, long seed, int after)
      throws IOException, InterruptedException {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KilledWriter.class.getName(),
                profile.getClass().getName(),
                file.toString(),
                String.valueOf(fresh.created().size()),
                fresh.created().argument(),
                String.valueOf(fresh.disk().size()),
                String.valueOf(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int[] told = {-1, -1};
    boolean alive = true;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(DONE)) {
          told[1]++;
        } else {
          told[0]++;
        }
        if (alive && told[1] >= after) {
          // Not by the process itself, which would throw away what it has told.
          writer.toHandle().destroyForcibly();
          alive = false;
        }
      }
    }
    int exit = writer.waitFor();
    if (alive || exit == 0 || exit == 1) {
      throw new AssertionError("the writer ended by itself, with " + exit);
    }
    return told;
  }

  /**
   * Writes.
   *
   * @param arguments class of the profile, file, size and options it was created with, size of the
   *     disk, seed of the history
   */
  public static void main(String[] arguments) throws Exception {
    WriterProfile profile =
        Class.forName(arguments[0])
            .asSubclass(WriterProfile.class)
            .getDeclaredConstructor()
            .newInstance();
    Path file = Path.of(arguments[1]);
    CreateCase created = CreateCase.of(Long.parseLong(arguments[2]), arguments[3]);
    List<Step> steps =
        steps(profile, created, Long.parseLong(arguments[4]), Long.parseLong(arguments[5]));
    LocalImageTarget target = LocalImageTarget.open(file);
    try (WritableDiskImage image = profile.openForWriting(target, created, file.getParent())) {
      for (Step step : steps) {
        System.out.println("begins");
        step.on(image);
        System.out.println(DONE);
      }
    }
  }
}
