package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.ImagePatch;
import io.diskimage.format.hostile.HostileImage;
import io.diskimage.format.hostile.HostileImages;
import io.diskimage.format.hostile.SmallImages;
import io.diskimage.spark.HostileChainsTest.RecordingFileSystem;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A directory with every hostile image, followed through Spark: each is an error of its own or is
 * read, the good images among them are read whole, and no file outside is touched.
 */
class HostileDirectoryTest {
  /** Its rows are those of a terabyte. */
  private static final Set<String> LEFT_OUT = Set.of("alias-bomb");

  /** File name and number of blocks of the images in good order. */
  private static final Map<String, Long> GOOD =
      Map.of("good.qcow2", 512L, "good.vhd", 8L, "good.vdi", 4L, "good.hds", 8L);

  private static final Map<String, String> DRIVERS =
      Map.of("good.qcow2", "qcow2", "good.vhd", "vpc", "good.vdi", "vdi", "good.hds", "parallels");

  @TempDir static Path directory;
  private static Path root;

  @BeforeAll
  static void makeImages() throws IOException {
    root = Files.createDirectories(directory.toRealPath().resolve("root"));
    for (String outside : List.of("raw", "vhd", "hds", "qcow2")) {
      Files.write(root.resolveSibling("outside." + outside), new byte[4096]);
    }
    for (String scheme : List.of("rec", "file")) {
      for (HostileImage image : hostile(scheme)) {
        image.writeTo(Files.createDirectories(root.resolve(scheme).resolve(image.name())));
      }
      Path good = Files.createDirectories(root.resolve(scheme).resolve("between"));
      for (Map.Entry<String, String> each : DRIVERS.entrySet()) {
        Files.write(good.resolve(each.getKey()), SmallImages.of(each.getValue()));
      }
    }
  }

  /** Links are known of local files only, which are not read through Hadoop. */
  private static List<HostileImage> hostile(String scheme) {
    return HostileImages.all().stream()
        .filter(image -> !LEFT_OUT.contains(image.name()))
        .filter(image -> image.links().isEmpty() || scheme.equals("file"))
        .toList();
  }

  private static DataFrameReader reader() {
    return LocalSpark.session()
        .read()
        .format("diskimage")
        .option("fs.rec.impl", RecordingFileSystem.class.getName());
  }

  private static String name(Row row) {
    return row.getString(0).replaceAll(".*/root/[^/]*/", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rec", "file"})
  void harmsNoImageButItself(String scheme) throws IOException {
    RecordingFileSystem.TOUCHED.clear();
    Map<String, String> errors = new HashMap<>();
    Map<String, List<Row>> good = new HashMap<>();
    for (Row row :
        reader()
            .option("chain", "follow")
            .option("mode", "PERMISSIVE")
            .load(scheme + ":" + root.resolve(scheme))
            .selectExpr("path", "`offset`", "allocated", "data", "_error.class")
            .where("class IS NOT NULL OR path LIKE '%/between/%'")
            .collectAsList()) {
      if (row.isNullAt(4)) {
        good.computeIfAbsent(name(row), path -> new ArrayList<>()).add(row);
      } else {
        errors.put(name(row), row.getString(4));
      }
    }

    for (HostileImage image : hostile(scheme)) {
      String error = errors.get(image.name() + "/" + image.top());
      if (image.refusal() != null) {
        assertThat(error).as(image.name()).isNotNull();
      }
      if (error != null) {
        assertThat(typed()).as(image.name()).contains(error);
      }
    }
    assertThat(good).hasSameSizeAs(GOOD);
    GOOD.forEach((file, blocks) -> assertWhole(good.get("between/" + file), file, blocks));
    assertThat(RecordingFileSystem.TOUCHED).allMatch(path -> Path.of(path).startsWith(root));
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }

  private static void assertWhole(List<Row> rows, String file, long blocks) {
    assertThat(rows).as(file).hasSize(Math.toIntExact(blocks));
    for (Row row : rows) {
      boolean stored = row.getLong(1) == 0 && !file.equals("good.vdi");
      assertThat(row.getBoolean(2)).as(file + " at " + row.getLong(1)).isEqualTo(stored);
      if (stored) {
        assertThat(row.<byte[]>getAs(3)).as(file).isEqualTo(ImagePatch.content(1, 4096));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"images", "references", "checks"})
  void isDescribedAndCheckedAsOne(String table) throws IOException {
    RecordingFileSystem.TOUCHED.clear();
    Set<String> paths =
        Set.copyOf(
            reader()
                .option("table", table)
                .load("rec:" + root.resolve("rec"))
                .select("path")
                .distinct()
                .collectAsList()
                .stream()
                .map(HostileDirectoryTest::name)
                .toList());
    if (!table.equals("references")) {
      assertThat(paths).hasSize(filesIn(root.resolve("rec")));
    }
    assertThat(paths).contains("self-loop/self-loop.qcow2");
    assertThat(RecordingFileSystem.TOUCHED).allMatch(path -> Path.of(path).startsWith(root));
  }

  private static int filesIn(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      return Math.toIntExact(files.filter(Files::isRegularFile).count());
    }
  }

  /** Names of the exceptions that an image can be refused by. */
  private static List<String> typed() {
    return List.of(
        "CorruptImageException",
        "TruncatedImageException",
        "UnsupportedImageException",
        "NotAnImageException",
        "LimitExceededException",
        "ReferenceDeniedException",
        "ReferenceMissingException");
  }
}
