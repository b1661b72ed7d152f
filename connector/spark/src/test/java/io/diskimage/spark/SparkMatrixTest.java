package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Each image by itself, as {@code qemu-img} reads it without what lies below it. */
class SparkMatrixTest extends SparkMatrix {
  private static final List<String> COUNTERS =
      List.of(
          "corruptions",
          "leaks",
          "check-errors",
          "image-end-offset",
          "total-clusters",
          "allocated-clusters",
          "fragmented-clusters",
          "compressed-clusters");

  @Override
  List<ImageRecipe> recipes() {
    return ImageMatrix.recipes(SEED).stream().filter(recipe -> !recipe.encrypted()).toList();
  }

  @Override
  OracleView viewOf(ImageRecipe recipe, Path file) {
    return OracleView.of(recipe.format(), file);
  }

  @Override
  OracleView viewOf(ImageRecipe recipe, Path file, String snapshot) {
    return OracleView.ofSnapshot(recipe.format(), file, snapshot);
  }

  @Override
  DataFrameReader reader(String table) {
    return LocalSpark.session().read().format("diskimage").option("table", table);
  }

  /** Of the formats that have a check in QEMU and here. */
  @Test
  void checksCountWhatQemuCounts() {
    Set<String> formats = new TreeSet<>();
    Dataset<Row> checks = load(reader("checks"));
    for (Row row : checks.where("verdict <> 'unsupported' AND format <> 'vpc'").collectAsList()) {
      ImageRecipe recipe = recipesByPath().get(row.<String>getAs("path"));
      Path file = Path.of(row.<String>getAs("path").substring("file:".length()));
      QemuImg.Check expected = QemuImg.check(file, recipe.format());
      formats.add(recipe.format());
      assertThat(row.<String>getAs("verdict")).as("%s", recipe).isIn("clean", "leaks");
      for (String counter : COUNTERS) {
        Long ours = row.getAs(counter.replace('-', '_'));
        assertThat(ours == null ? 0 : ours)
            .as("%s of %s", counter, recipe)
            .isEqualTo(expected.counter(counter));
      }
    }
    assertThat(formats).contains("qcow2", "vdi");
    assertThat(checks.count()).isEqualTo(recipesByPath().size());
  }
}
