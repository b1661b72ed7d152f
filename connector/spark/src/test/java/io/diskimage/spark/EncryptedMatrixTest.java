package io.diskimage.spark;

import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.DataFrameReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted images, by the passphrase that a credential provider keeps for them. */
class EncryptedMatrixTest extends SparkMatrix {
  private String keys;

  @BeforeAll
  void storePassphrase(@TempDir Path folder) {
    keys = Keys.store(folder.resolve("passphrases.jceks"), Map.of("all", QemuImg.PASSPHRASE));
  }

  @Override
  List<ImageRecipe> recipes() {
    return ImageMatrix.recipes(SEED).stream().filter(ImageRecipe::encrypted).toList();
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
    DataFrameReader reader =
        LocalSpark.session()
            .read()
            .format("diskimage")
            .option("table", table)
            .option(Keys.SETTING, keys);
    boolean needsKey = table.equals("blocks") || table.equals("extents");
    return needsKey ? reader.option("passwordProvider", "all") : reader;
  }
}
