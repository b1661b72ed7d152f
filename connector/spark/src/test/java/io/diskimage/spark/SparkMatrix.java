package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.OracleView;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.format.oracle.QemuImg.MapRun;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images of a matrix read through Spark as {@code qemu-img} reads them, however the scan is split.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SparkMatrix {
  static final long SEED = ImageMatrix.seed();

  /**
   * Larger disks are compared by their stored blocks only: the others would be millions of rows.
   */
  private static final long WHOLE_COMPARISON = 64L << 20;

  private static final int SNAPSHOTS_COMPARED = 12;

  /** Of all tests of the class: a field would get one for each, and none before the first. */
  Path directory;

  private final Map<String, ImageRecipe> recipesByPath = new TreeMap<>();
  private final Map<String, OracleView> oracle = new HashMap<>();

  abstract List<ImageRecipe> recipes();

  /** What {@code qemu-img} says of an image. */
  abstract OracleView viewOf(ImageRecipe recipe, Path file);

  /** What it says of the image at a snapshot. */
  abstract OracleView viewOf(ImageRecipe recipe, Path file, String snapshot);

  /** Reads a table in the way that corresponds to {@link #viewOf}. */
  abstract DataFrameReader reader(String table);

  @BeforeAll
  void makeImages(@TempDir Path ofTheClass) {
    directory = ofTheClass;
    System.out.println("image matrix through Spark: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
    List<Map.Entry<ImageRecipe, Path>> built =
        recipes().parallelStream()
            .map(recipe -> Map.entry(recipe, recipe.build(newDirectory(recipe.name()))))
            .toList();
    oracle.putAll(
        built.parallelStream()
            .collect(
                Collectors.toMap(
                    image -> pathOf(image.getValue()),
                    image -> viewOf(image.getKey(), image.getValue()))));
    built.forEach(image -> recipesByPath.put(pathOf(image.getValue()), image.getKey()));
  }

  final Map<String, ImageRecipe> recipesByPath() {
    return recipesByPath;
  }

  private Path newDirectory(String name) {
    try {
      return Files.createDirectory(directory.resolve(name));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String pathOf(Path file) {
    return "file:" + file;
  }

  @Test
  void imagesHaveTheSizesQemuSays() {
    Map<String, Long> sizes = new HashMap<>();
    for (Row row : load(reader("images")).select("path", "virtual_size").collectAsList()) {
      sizes.put(row.getString(0), row.getLong(1));
    }
    Map<String, Long> expected = new HashMap<>();
    oracle.forEach((path, view) -> expected.put(path, view.virtualSize()));
    assertThat(sizes).containsExactlyInAnyOrderEntriesOf(expected);
  }

  @Test
  void extentsAreTheRunsOfQemu() {
    Map<String, List<MapRun>> runs = runs(load(reader("extents")));
    for (Map.Entry<String, OracleView> image : oracle.entrySet()) {
      ImageRecipe recipe = recipesByPath.get(image.getKey());
      assertThat(asPrinted(recipe, runs.get(image.getKey())))
          .as("extents of %s", recipe)
          .containsExactlyElementsOf(image.getValue().runs());
    }
    assertThat(runs.keySet()).isSubsetOf(oracle.keySet());
  }

  @Test
  void extentsDoNotDependOnSplits() {
    Map<String, List<MapRun>> whole = runs(load(reader("extents")));
    Map<String, List<MapRun>> split =
        runs(
            load(
                reader("extents").option("maxPartitionBytes", "1").option("openCostInBytes", "0")));
    assertThat(split).isEqualTo(whole);
  }

  @Test
  void blocksHoldTheBytesOfQemuHoweverTheyAreSplit() {
    Random random = new Random(SEED);
    for (int round = 0; round < 3; round++) {
      int blockSize = 512 * (8 + random.nextInt(1 << (3 + 5 * round)));
      long maxPartitionBytes = 1L + random.nextInt(1 << (12 + 6 * round));
      String how = "blockSize " + blockSize + ", maxPartitionBytes " + maxPartitionBytes;
      DataFrameReader whole = reader("blocks").option("blockSize", blockSize);
      DataFrameReader split =
          reader("blocks")
              .option("blockSize", blockSize)
              .option("maxPartitionBytes", maxPartitionBytes)
              .option("openCostInBytes", "0")
              .option("maxPartitions", "200");
      Map<String, List<Block>> blocks = blocks(load(split).where("allocated"));
      blocks.putAll(blocks(small(split)));
      for (Map.Entry<String, OracleView> image : oracle.entrySet()) {
        assertBlocks(
            blocks.getOrDefault(image.getKey(), List.of()),
            image.getValue(),
            how + ", " + recipesByPath.get(image.getKey()));
      }
      assertThat(digests(load(split).where("allocated")))
          .as("allocated rows, %s", how)
          .isEqualTo(digests(load(whole).where("allocated")));
      load(split)
          .where("allocated")
          .foreachPartition(
              (ForeachPartitionFunction<Row>)
                  rows -> compareBytes(rows, path -> path + ".content"));
    }
  }

  @Test
  void snapshotsReadAsTheyWere() {
    int compared = 0;
    for (Map.Entry<String, ImageRecipe> image : recipesByPath.entrySet()) {
      for (String snapshot : image.getValue().snapshots()) {
        if (compared++ == SNAPSHOTS_COMPARED) {
          return;
        }
        Path file = Path.of(image.getKey().substring("file:".length()));
        OracleView view = viewOf(image.getValue(), file, snapshot);
        Dataset<Row> extents =
            reader("extents").option("versionAsOf", snapshot).load(file.toString());
        assertThat(asPrinted(image.getValue(), runs(extents).get(image.getKey())))
            .as("snapshot %s of %s", snapshot, image.getValue())
            .containsExactlyElementsOf(view.runs());
        String then = view.content().toString();
        reader("blocks")
            .option("versionAsOf", snapshot)
            .load(file.toString())
            .where("allocated")
            .foreachPartition(
                (ForeachPartitionFunction<Row>) rows -> compareBytes(rows, path -> then));
      }
    }
    assertThat(compared).as("snapshots compared").isPositive();
  }

  private record Block(long offset, long length, boolean allocated) {}

  /** Finds the file with the content that a path's rows are compared with. */
  @FunctionalInterface
  private interface ContentOf extends Serializable {
    String file(String path);
  }

  final Dataset<Row> load(DataFrameReader reader) {
    return reader.load(recipesByPath.keySet().toArray(String[]::new));
  }

  private Dataset<Row> small(DataFrameReader reader) {
    return reader.load(
        oracle.entrySet().stream()
            .filter(image -> image.getValue().virtualSize() <= WHOLE_COMPARISON)
            .map(Map.Entry::getKey)
            .toArray(String[]::new));
  }

  /** The rows of {@code extents} in the words of {@code qemu-img map}, by path. */
  private static Map<String, List<MapRun>> runs(Dataset<Row> extents) {
    Map<String, List<MapRun>> runs = new HashMap<>();
    for (Row row :
        extents
            .selectExpr(
                "path",
                "`offset`",
                "length",
                "depth",
                "present",
                "zero",
                "allocated",
                "host_offset")
            .orderBy("path", "offset")
            .collectAsList()) {
      boolean below = row.isNullAt(3);
      runs.computeIfAbsent(row.getString(0), path -> new ArrayList<>())
          .add(
              new MapRun(
                  row.getLong(1),
                  row.getLong(2),
                  below ? 0 : row.getInt(3),
                  row.getBoolean(4),
                  below || row.getBoolean(5),
                  row.getBoolean(6),
                  row.isNullAt(7) ? null : row.getLong(7)));
    }
    return runs;
  }

  /** Runs of an image, null for none, as QEMU prints them. */
  private static List<MapRun> asPrinted(ImageRecipe recipe, List<MapRun> runs) {
    List<MapRun> all = runs == null ? List.of() : runs;
    return recipe.encrypted() ? MapRun.ofEncrypted(all) : all;
  }

  private static Map<String, List<Block>> blocks(Dataset<Row> table) {
    Map<String, List<Block>> blocks = new HashMap<>();
    for (Row row :
        table
            .selectExpr("path", "`offset`", "length", "allocated")
            .orderBy("path", "offset")
            .collectAsList()) {
      blocks
          .computeIfAbsent(row.getString(0), path -> new ArrayList<>())
          .add(new Block(row.getLong(1), row.getInt(2), row.getBoolean(3)));
    }
    return blocks;
  }

  /**
   * A block is allocated if and only if a run of data reaches into it; blocks of a small disk cover
   * it.
   */
  private static void assertBlocks(List<Block> blocks, OracleView oracle, String what) {
    List<MapRun> data = oracle.runs().stream().filter(MapRun::data).toList();
    boolean whole = oracle.virtualSize() <= WHOLE_COMPARISON;
    long position = 0;
    long storedInBlocks = 0;
    int next = 0;
    for (Block block : blocks) {
      assertThat(block.offset()).as("offset of a block, %s", what).isGreaterThanOrEqualTo(position);
      if (whole) {
        assertThat(block.offset()).as("gap before a block, %s", what).isEqualTo(position);
      }
      position = block.offset() + block.length();
      while (next < data.size() && end(data.get(next)) <= block.offset()) {
        next++;
      }
      long stored = 0;
      for (int i = next; i < data.size() && data.get(i).start() < position; i++) {
        stored +=
            Math.min(end(data.get(i)), position) - Math.max(data.get(i).start(), block.offset());
      }
      assertThat(block.allocated())
          .as("block at %d, %s", block.offset(), what)
          .isEqualTo(stored > 0);
      storedInBlocks += stored;
    }
    if (whole) {
      assertThat(position).as("end of the last block, %s", what).isEqualTo(oracle.virtualSize());
    }
    assertThat(storedInBlocks)
        .as("stored bytes in blocks, %s", what)
        .isEqualTo(data.stream().mapToLong(MapRun::length).sum());
  }

  private static long end(MapRun run) {
    return run.start() + run.length();
  }

  /** A digest of all rows of each path, whatever their order. */
  private static Map<String, String> digests(Dataset<Row> blocks) {
    Map<String, String> digests = new HashMap<>();
    for (Row row :
        blocks
            .selectExpr(
                "path",
                "xxhash64(`offset`, length, allocated, data, _kind, _host_offset, _host_length, _depth, _partial)"
                    + " AS digest")
            .groupBy("path")
            .agg(functions.expr("count(*)"), functions.expr("bit_xor(digest)"))
            .collectAsList()) {
      digests.put(row.getString(0), row.getLong(1) + " rows, " + row.getLong(2));
    }
    return digests;
  }

  private static void compareBytes(Iterator<Row> rows, ContentOf contentOf) throws IOException {
    while (rows.hasNext()) {
      Row row = rows.next();
      String path = row.getAs("path");
      long offset = row.<Long>getAs("offset");
      byte[] ours = row.getAs("data");
      Path content = Path.of(contentOf.file(path).replaceFirst("^file:", ""));
      ByteBuffer theirs = ByteBuffer.allocate(row.<Integer>getAs("length"));
      try (FileChannel channel = FileChannel.open(content)) {
        while (theirs.hasRemaining() && channel.read(theirs, offset + theirs.position()) > 0) {}
      }
      if (!Arrays.equals(ours, theirs.array())) {
        throw new AssertionError(path + " at " + offset + ": the bytes are not those of qemu-img");
      }
    }
  }
}
