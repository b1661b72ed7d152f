package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Images of several files, as their guests see them: data files and backing chains. */
class SparkLinkedMatrixTest extends SparkMatrix {

  @Override
  List<ImageRecipe> recipes() {
    return ImageMatrix.linkedRecipes(SEED);
  }

  @Override
  OracleView viewOf(ImageRecipe recipe, Path file) {
    try (Stream<Path> files = Files.list(file.getParent())) {
      files.filter(each -> !each.equals(file)).toList().forEach(QemuImg::makeDense);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return OracleView.ofAllLayers(recipe.format(), file);
  }

  @Override
  OracleView viewOf(ImageRecipe recipe, Path file, String snapshot) {
    return OracleView.ofSnapshotOverLayers(recipe.format(), file, snapshot);
  }

  @Override
  DataFrameReader reader(String table) {
    DataFrameReader reader = LocalSpark.session().read().format("diskimage").option("table", table);
    return table.equals("images") ? reader : reader.option("chain", "follow");
  }

  @Test
  void extentsNameTheFileThatHoldsThem() {
    List<Row> files =
        load(reader("extents"))
            .where("depth > 0 AND host_offset IS NOT NULL")
            .selectExpr("path", "host_file")
            .distinct()
            .collectAsList();
    assertThat(files).isNotEmpty();
    for (Row row : files) {
      Path image = Path.of(row.getString(0).substring("file:".length()));
      Path holder = Path.of(row.getString(1).substring("file:".length()));
      assertThat(holder).isRegularFile().hasParent(image.getParent()).isNotEqualTo(image);
    }
  }
}
