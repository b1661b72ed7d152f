package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ComparedExtents;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.ImageRecipe.Commands;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of writes, snapshots and resizes: between any two states of a disk every byte
 * that differs lies in a range that is told to have changed, and no cluster is told to have changed
 * that nobody wrote to in between.
 */
class ChangedExtentsOracleTest {
  private static final long SEED = ImageMatrix.seed();
  private static final int SECTOR = 512;
  private static final int HISTORIES = 24;

  @BeforeAll
  static void printSeed() {
    System.out.println("changed extents: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
  }

  /**
   * A random history.
   *
   * @param recipe of the image
   * @param cluster bytes
   * @param written clusters written to before each snapshot, and behind the last one
   */
  private record History(ImageRecipe recipe, int cluster, List<BitSet> written) {
    @Override
    public String toString() {
      return recipe.toString();
    }
  }

  static List<History> histories() {
    return IntStream.range(0, HISTORIES).mapToObj(ChangedExtentsOracleTest::history).toList();
  }

  private static History history(int index) {
    Random random = new Random(SEED + index);
    boolean version2 = random.nextInt(6) == 0;
    int cluster = SECTOR << random.nextInt(8);
    long size = SECTOR * (1 + random.nextLong(3000));
    String compression = version2 || random.nextBoolean() ? "" : ",compression_type=zstd";
    boolean subclusters = !version2 && cluster >= 16384 && random.nextBoolean();
    String options =
        "compat=" + (version2 ? "0.10" : "1.1") + ",cluster_size=" + cluster + compression;
    options += subclusters ? ",extended_l2=on" : "";
    GuestWrites writes = new GuestWrites(random, cluster, 16L * cluster, true);
    List<Step> steps = new ArrayList<>();
    List<BitSet> written = new ArrayList<>();
    long now = size;
    int snapshots = 1 + random.nextInt(3);
    for (int i = 0; i <= snapshots; i++) {
      BitSet clusters = new BitSet();
      if (i > 0 && !version2 && random.nextInt(3) == 0) {
        long resized = SECTOR * (1 + random.nextLong(4000));
        // What a shorter disk loses a longer one has not got back; the end's cluster is cut.
        clusters.set((int) (now / cluster));
        if (resized < now) {
          clusters.set((int) (resized / cluster), (int) (now / cluster) + 1);
        }
        steps.add(new Resize(resized));
        now = resized;
      }
      for (Step step : writes.steps(random.nextInt(12), now)) {
        steps.add(step);
        ((Commands) step).commands().forEach(command -> addRange(command, cluster, clusters));
      }
      written.add(clusters);
      if (i < snapshots) {
        steps.add(new Snapshot("state" + i));
      }
    }
    return new History(
        new ImageRecipe("history" + index, SEED, "qcow2", options, size, null, steps),
        cluster,
        written);
  }

  /** The last two words of each command are offset and length. */
  private static void addRange(String command, int cluster, BitSet clusters) {
    String[] words = command.split(" ", -1);
    long from = Long.parseLong(words[words.length - 2]);
    long to = from + Long.parseLong(words[words.length - 1]);
    clusters.set((int) (from / cluster), (int) ((to - 1) / cluster) + 1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("histories")
  void coversWhatDiffersAndNothingThatNobodyWrote(History history, @TempDir Path directory)
      throws IOException {
    Path file = history.recipe().build(directory);
    List<String> names = history.recipe().snapshots();
    List<byte[]> contents = new ArrayList<>();
    for (String name : names) {
      contents.add(Files.readAllBytes(OracleView.ofSnapshot("qcow2", file, name).content()));
    }
    contents.add(Files.readAllBytes(OracleView.of("qcow2", file).content()));
    try (DiskImage image =
        ImageFormats.byName("qcow2")
            .orElseThrow()
            .open(LocalImageInput.open(file), OpenOptions.of(Purpose.READ))) {
      List<DiskImage> states = new ArrayList<>();
      for (String name : names) {
        states.add(image.at(name));
      }
      states.add(image);
      for (int a = 0; a < states.size(); a++) {
        for (int b = 0; b < states.size(); b++) {
          BitSet changed = changedSectors(states.get(a), states.get(b));
          compare(history, changed, contents, a, b);
        }
      }
    }
  }

  private static BitSet changedSectors(DiskImage before, DiskImage after) throws IOException {
    BitSet changed = new BitSet();
    IoCounters io = new IoCounters();
    ComparedExtents runs = ComparedExtents.between(before, after, 0, after.virtualSize(), io);
    while (runs.next()) {
      assertThat(runs.failure()).isNull();
      if (runs.changed()) {
        int from = (int) (runs.offset() / SECTOR);
        changed.set(from, from + (int) (runs.length() / SECTOR));
      }
    }
    assertThat(io.dataBytes()).as("told from the mapping alone").isZero();
    return changed;
  }

  private static void compare(
      History history, BitSet changed, List<byte[]> contents, int a, int b) {
    byte[] before = contents.get(a);
    byte[] after = contents.get(b);
    BitSet written = new BitSet();
    for (int i = Math.min(a, b) + 1; i <= Math.max(a, b); i++) {
      written.or(history.written().get(i));
    }
    for (int at = 0; at < after.length; at += SECTOR) {
      String where = "byte " + at + " from state " + a + " to state " + b + " of " + history;
      boolean isNew = at >= before.length;
      boolean differs = isNew || !Arrays.equals(before, at, at + SECTOR, after, at, at + SECTOR);
      if (changed.get(at / SECTOR)) {
        assertThat(isNew || written.get(at / history.cluster())).as(where).isTrue();
      } else {
        assertThat(differs).as(where).isFalse();
      }
    }
  }
}
