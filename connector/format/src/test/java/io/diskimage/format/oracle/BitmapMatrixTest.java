package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.BitmapInfo;
import io.diskimage.format.DirtyRanges;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.oracle.QemuImg.DirtyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bitmap of the matrix has the runs that {@code qemu-nbd} exports. */
@Execution(ExecutionMode.CONCURRENT)
class BitmapMatrixTest {
  private static final long SEED = ImageMatrix.seed();

  @BeforeAll
  static void printSeed() {
    System.out.println("bitmaps: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
  }

  static List<ImageRecipe> recipes() {
    return ImageMatrix.bitmapRecipes(SEED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recipes")
  void readsAsQemuReadsIt(ImageRecipe recipe, @TempDir Path directory) throws IOException {
    Path file = recipe.build(directory);
    Random random = new Random(SEED);
    OpenOptions options = OpenOptions.of(Purpose.INFO);
    try (DiskImage image =
        ImageFormats.byName("qcow2").orElseThrow().open(LocalImageInput.open(file), options)) {
      assertThat(image.bitmaps(new IoCounters()))
          .extracting(BitmapInfo::name)
          .isEqualTo(recipe.bitmaps());
      for (String bitmap : recipe.bitmaps()) {
        String what = "bitmap '" + bitmap + "' of " + recipe;
        List<DirtyRun> expected = QemuImg.dirtyRuns("qcow2", file, bitmap);
        assertThat(runs(image, bitmap, 0, image.virtualSize())).as(what).isEqualTo(expected);
        long dirty =
            image.dirtyRanges(bitmap, 0, image.virtualSize(), new IoCounters()).dirtyBytes();
        assertThat(dirty)
            .as(what)
            .isEqualTo(expected.stream().filter(DirtyRun::dirty).mapToLong(DirtyRun::length).sum());
        for (int i = 0; i < 10; i++) {
          long from = random.nextLong(image.virtualSize());
          long to = from + random.nextLong(image.virtualSize() - from + 1);
          assertThat(runs(image, bitmap, from, to))
              .as("%d to %d of %s", from, to, what)
              .isEqualTo(clip(expected, from, to));
          assertThat(image.dirtyRanges(bitmap, from, to, new IoCounters()).dirtyBytes())
              .as("dirty bytes from %d to %d of %s", from, to, what)
              .isEqualTo(dirty(clip(expected, from, to)));
        }
      }
    }
  }

  private static List<DirtyRun> runs(DiskImage image, String bitmap, long from, long to)
      throws IOException {
    List<DirtyRun> runs = new ArrayList<>();
    DirtyRanges ranges = image.dirtyRanges(bitmap, from, to, new IoCounters());
    while (ranges.next()) {
      if (ranges.failure() != null) {
        throw ranges.failure();
      }
      runs.add(new DirtyRun(ranges.offset(), ranges.length(), ranges.isDirty()));
    }
    return runs;
  }

  private static long dirty(List<DirtyRun> runs) {
    return runs.stream().filter(DirtyRun::dirty).mapToLong(DirtyRun::length).sum();
  }

  private static List<DirtyRun> clip(List<DirtyRun> runs, long from, long to) {
    List<DirtyRun> clipped = new ArrayList<>();
    for (DirtyRun run : runs) {
      long start = Math.max(from, run.start());
      long end = Math.min(to, run.start() + run.length());
      if (start < end) {
        clipped.add(new DirtyRun(start, end - start, run.dirty()));
      }
    }
    return clipped;
  }
}
