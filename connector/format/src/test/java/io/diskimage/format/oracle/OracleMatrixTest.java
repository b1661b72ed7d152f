package io.diskimage.format.oracle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.SnapshotInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every image of the matrix reads as {@code qemu-img} reads it, and so does each snapshot. */
@Execution(ExecutionMode.CONCURRENT)
class OracleMatrixTest {
  private static final long SEED = ImageMatrix.seed();

  @BeforeAll
  static void printSeed() {
    System.out.println("image matrix: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
  }

  static List<ImageRecipe> recipes() {
    return ImageMatrix.recipes(SEED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recipes")
  void readsAsQemuReadsIt(ImageRecipe recipe, @TempDir Path directory) throws IOException {
    Path file = recipe.build(directory);
    Random random = new Random(SEED);
    try (DiskImage image = open(recipe, file)) {
      OracleView active = OracleView.of(recipe.format(), file);
      OracleAssertions.assertSame(image, active, recipe.toString(), random);
      assertThat(image.snapshots())
          .extracting(SnapshotInfo::name)
          .as("snapshots of %s", recipe)
          .isEqualTo(recipe.snapshots());
      for (String snapshot : recipe.snapshots()) {
        OracleView then = OracleView.ofSnapshot(recipe.format(), file, snapshot);
        OracleAssertions.assertSame(
            image.at(snapshot), then, "snapshot '" + snapshot + "' of " + recipe, random);
      }
    }
  }

  @Test
  void hasAtLeastThreeHundredImagesOfDistinctNames() {
    List<String> names = recipes().stream().map(ImageRecipe::name).toList();
    if (System.getProperty("diskimage.matrix.only") == null) {
      assertThat(names).hasSizeGreaterThanOrEqualTo(300);
    }
    assertThat(names).isNotEmpty().doesNotHaveDuplicates();
  }

  private static DiskImage open(ImageRecipe recipe, Path file) throws IOException {
    return ImageFormats.byName(recipe.format())
        .orElseThrow()
        .open(
            LocalImageInput.open(file),
            OpenOptions.of(Purpose.READ)
                .withPassphrases((image, uuid) -> QemuImg.PASSPHRASE.getBytes(UTF_8)));
  }
}
