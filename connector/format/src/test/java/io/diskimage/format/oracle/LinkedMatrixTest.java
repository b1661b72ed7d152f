package io.diskimage.format.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import io.diskimage.format.chain.BackingChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every image of several files reads as {@code qemu-img} reads it, and so does each snapshot. */
@Execution(ExecutionMode.CONCURRENT)
class LinkedMatrixTest {
  private static final long SEED = ImageMatrix.seed();

  @BeforeAll
  static void printSeed() {
    System.out.println("images of several files: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
  }

  static List<ImageRecipe> recipes() {
    return ImageMatrix.linkedRecipes(SEED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recipes")
  void readsAsQemuReadsIt(ImageRecipe recipe, @TempDir Path directory) throws IOException {
    Path file = recipe.build(directory);
    try (Stream<Path> files = Files.list(directory)) {
      files.filter(each -> !each.equals(file)).toList().forEach(QemuImg::makeDense);
    }
    Random random = new Random(SEED);
    OracleView active = OracleView.ofAllLayers(recipe.format(), file);
    try (DiskImage disk = open(recipe, file)) {
      OracleAssertions.assertSame(disk, active, recipe.toString(), random);
      for (String snapshot : recipe.snapshots()) {
        OracleView then = OracleView.ofSnapshotOverLayers(recipe.format(), file, snapshot);
        OracleAssertions.assertSame(
            disk.at(snapshot), then, "snapshot '" + snapshot + "' of " + recipe, random);
      }
    }
  }

  @Test
  void hasAtLeastAHundredImagesOfDistinctNames() {
    List<String> names = recipes().stream().map(ImageRecipe::name).toList();
    if (System.getProperty("diskimage.matrix.only") == null) {
      assertThat(names).hasSizeGreaterThanOrEqualTo(100);
    }
    assertThat(names).doesNotHaveDuplicates();
  }

  private static DiskImage open(ImageRecipe recipe, Path file) throws IOException {
    OpenOptions options =
        OpenOptions.of(Purpose.READ).withReferences(new FolderGate(file.getParent()));
    DiskImage top =
        ImageFormats.byName(recipe.format())
            .orElseThrow()
            .open(LocalImageInput.open(file), options);
    return BackingChain.open(top, options);
  }
}
