package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.diskimage.format.oracle.ImageMatrix;
import io.diskimage.format.oracle.QemuImg;
import io.diskimage.spark.cache.CacheStats;
import io.diskimage.spark.cache.ImageCache;
import io.diskimage.spark.io.ImageInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chains of one to five layers through Spark, as {@code qemu-img} maps and converts them. */
class BackingChainScanTest {
  private static final long SEED = ImageMatrix.seed();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHAINS = 10;
  private static final long MEBIBYTE = 1 << 20;

  /** Formats that end a chain, with their options; qcow2 alone can have something below. */
  private static final List<String[]> BASES =
      List.of(
          new String[] {"raw", ""},
          new String[] {"vpc", "force_size=on"},
          new String[] {"vpc", "force_size=on,subformat=fixed"},
          new String[] {"vdi", ""},
          new String[] {"parallels", ""},
          new String[] {"qcow2", "cluster_size=4k"});

  @TempDir static Path directory;

  /** By the top layer's path. */
  private static final TreeMap<String, Oracle> CHAIN = new TreeMap<>();

  private record Run(
      long start,
      long length,
      int depth,
      boolean present,
      boolean zero,
      boolean data,
      Long offset,
      String file) {}

  private record Oracle(int layers, List<Run> runs, String sha256, long size) {}

  @BeforeAll
  static void makeChains() throws IOException {
    System.out.println("backing chains through Spark: -Ddiskimage.seed=" + SEED);
    QemuImg.requireOrSkip();
    Random random = new Random(SEED);
    for (int i = 0; i < CHAINS; i++) {
      makeChain(directory.toRealPath().resolve("chain-" + i), 1 + i % 5, random);
    }
  }

  private static void makeChain(Path folder, int layers, Random random) throws IOException {
    Files.createDirectories(folder.resolve("below"));
    String[] base = BASES.get(random.nextInt(BASES.size()));
    Path file = folder.resolve(layers == 1 ? "top." + base[0] : "below/base." + base[0]);
    long size = MEBIBYTE + 512L * random.nextInt(8192);
    QemuImg.create(base[0], base[1], file, Long.toString(size));
    write(base[0], file, random);
    String format = base[0];
    List<Path> files = new ArrayList<>(List.of(file));
    for (int layer = 2; layer <= layers; layer++) {
      boolean top = layer == layers;
      Path next = folder.resolve(top ? "top.qcow2" : "below/layer-" + layer + ".qcow2");
      Path named = next.getParent().relativize(file);
      QemuImg.run(
          "create",
          "-q",
          "-f",
          "qcow2",
          "-F",
          format,
          "-b",
          named.toString(),
          "-o",
          "cluster_size=" + (1024 << random.nextInt(8)),
          next.toString(),
          Long.toString(MEBIBYTE + 512L * random.nextInt(8192)));
      write("qcow2", next, random);
      file = next;
      files.add(0, file);
      format = "qcow2";
    }
    CHAIN.put("file:" + file, oracle(files, format));
  }

  private static void write(String format, Path file, Random random) throws IOException {
    long size = QemuImg.info(format, file).get("virtual-size").longValue() / 512 * 512;
    List<String> commands = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      long offset = 512L * random.nextInt((int) (size / 512));
      long length = Math.min(size - offset, 512L * (1 + random.nextInt(256)));
      String how = random.nextInt(4) == 0 ? "write -z" : "write -P " + (1 + random.nextInt(255));
      commands.add(how + " " + offset + " " + length);
    }
    QemuImg.io(format, file, commands);
    // Holes of the host file are a matter of the file system.
    Path dense = file.resolveSibling("dense");
    Process copy =
        new ProcessBuilder("cp", "--sparse=never", file.toString(), dense.toString()).start();
    assertThat(copy.onExit().join().exitValue()).isZero();
    Files.move(dense, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** What QEMU says of a chain, the top layer first. */
  private static Oracle oracle(List<Path> files, String format) throws IOException {
    Path file = files.get(0);
    List<Run> runs = new ArrayList<>();
    for (JsonNode run :
        JSON.readTree(QemuImg.run("map", "--output=json", "-f", format, file.toString()))) {
      boolean placed = run.has("offset");
      runs.add(
          new Run(
              run.get("start").longValue(),
              run.get("length").longValue(),
              run.get("depth").intValue(),
              run.get("present").booleanValue(),
              run.get("zero").booleanValue(),
              run.get("data").booleanValue(),
              placed ? run.get("offset").longValue() : null,
              placed ? "file:" + files.get(run.get("depth").intValue()) : null));
    }
    Path content = directory.resolve("content");
    QemuImg.convertToRaw(format, file, content);
    MessageDigest digest = sha256();
    byte[] bytes = Files.readAllBytes(content);
    Files.delete(content);
    return new Oracle(files.size(), runs, hex(digest.digest(bytes)), bytes.length);
  }

  @BeforeEach
  void nothingCached() {
    ImageCache.get().clear();
  }

  @AfterEach
  void nothingOpen() {
    ImageCache.get().clear();
    assertThat(ImageCache.get().stats().leases()).isZero();
    assertThat(ImageInputs.open()).isZero();
  }

  private static DataFrameReader follow(String table) {
    return LocalSpark.session()
        .read()
        .format("diskimage")
        .option("table", table)
        .option("chain", "follow");
  }

  private static Dataset<Row> tops(DataFrameReader reader) throws IOException {
    return reader
        .option("chainRoots", directory.toRealPath().toString())
        .load(CHAIN.keySet().toArray(String[]::new));
  }

  @Test
  void extentsAreThoseOfEveryLayer() throws IOException {
    for (int maxPartitionBytes : List.of(1, 1 << 27)) {
      TreeMap<String, List<Run>> runs = new TreeMap<>();
      Dataset<Row> extents =
          tops(
              follow("extents")
                  .option("maxPartitionBytes", maxPartitionBytes)
                  .option("openCostInBytes", 0));
      for (Row row : extents.orderBy("path", "offset").collectAsList()) {
        Long offset = row.getAs("host_offset");
        runs.computeIfAbsent(row.getAs("path"), path -> new ArrayList<>())
            .add(
                new Run(
                    row.getAs("offset"),
                    row.getAs("length"),
                    row.getAs("depth"),
                    row.getAs("present"),
                    row.getAs("zero"),
                    row.getAs("allocated"),
                    offset,
                    row.getAs("host_file")));
      }
      assertThat(runs.keySet()).isEqualTo(CHAIN.keySet());
      CHAIN.forEach(
          (path, oracle) ->
              assertThat(runs.get(path)).as(path).containsExactlyElementsOf(oracle.runs()));
    }
  }

  @Test
  void blocksHoldWhatTheGuestReadsHoweverTheyAreSplit() throws IOException {
    Random random = new Random(SEED);
    for (int maxPartitionBytes : List.of(100_000, 1 << 27)) {
      DataFrameReader reader =
          follow("blocks")
              .option("unallocated", "zeros")
              .option("blockSize", 512L * (1 + random.nextInt(512)))
              .option("maxPartitionBytes", maxPartitionBytes)
              .option("openCostInBytes", 0);
      TreeMap<String, MessageDigest> digests = new TreeMap<>();
      TreeMap<String, Long> sizes = new TreeMap<>();
      Iterator<Row> rows =
          tops(reader)
              .selectExpr("path", "`offset`", "length", "data")
              .orderBy("path", "offset")
              .toLocalIterator();
      while (rows.hasNext()) {
        Row row = rows.next();
        String path = row.getString(0);
        assertThat(row.getLong(1)).isEqualTo(sizes.getOrDefault(path, 0L));
        sizes.merge(path, (long) row.getInt(2), Long::sum);
        digests.computeIfAbsent(path, any -> sha256()).update((byte[]) row.get(3));
      }
      CHAIN.forEach(
          (path, oracle) -> {
            assertThat(sizes.get(path)).as(path).isEqualTo(oracle.size());
            assertThat(hex(digests.get(path).digest())).as(path).isEqualTo(oracle.sha256());
          });
    }
  }

  @Test
  void aggregatesAreThoseOfTheRows() throws IOException {
    DataFrameReader reader = follow("blocks").option("blockSize", 512);
    String sums =
        "struct(count(*), sum(length), count_if(allocated),"
            + " sum(CASE WHEN allocated THEN length END), max(`offset`)) AS sums";
    List<Row> pushed =
        tops(reader).groupBy("path").agg(functions.expr(sums)).orderBy("path").collectAsList();
    // A filter that Spark applies itself keeps the aggregation out of the scan.
    List<Row> counted =
        tops(reader)
            .where("octet_length(path) + length > 0")
            .groupBy("path")
            .agg(functions.expr(sums))
            .orderBy("path")
            .collectAsList();
    assertThat(pushed).isEqualTo(counted).hasSize(CHAINS);
    for (Row row : pushed) {
      Oracle oracle = CHAIN.get(row.getString(0));
      // In blocks of a sector a block is allocated exactly where a run of data is.
      long data = oracle.runs().stream().filter(Run::data).mapToLong(Run::length).sum();
      assertThat(row.getStruct(1).getLong(3)).as(row.getString(0)).isEqualTo(data);
    }
  }

  @Test
  void filtersOnLayersChooseTheirRuns() throws IOException {
    for (var chain : CHAIN.entrySet()) {
      String base =
          chain.getValue().runs().stream()
              .map(Run::file)
              .filter(file -> file != null && !file.equals(chain.getKey()))
              .findFirst()
              .orElse(chain.getKey());
      long expected =
          chain.getValue().runs().stream().filter(run -> base.equals(run.file())).count();
      assertThat(
              tops(follow("extents"))
                  .where("path = '" + chain.getKey() + "' AND host_file = '" + base + "'")
                  .count())
          .isEqualTo(expected);
    }
    long deep =
        CHAIN.values().stream().flatMap(o -> o.runs().stream()).filter(r -> r.depth() > 1).count();
    assertThat(tops(follow("extents")).where("depth > 1").count()).isEqualTo(deep).isPositive();
  }

  @Test
  void underTopWhatLiesBelowIsKnownToBeBelow() throws IOException {
    Dataset<Row> blocks =
        LocalSpark.session()
            .read()
            .format("diskimage")
            .option("blockSize", 512)
            .load(CHAIN.keySet().toArray(String[]::new));
    assertThat(blocks.where("_kind = 'backing' AND (allocated OR data IS NOT NULL)").count())
        .isZero();
    assertThat(blocks.where("_depth > 0").count()).isZero();
    assertThat(blocks.where("_kind = 'backing'").select("path").distinct().count())
        .isEqualTo(CHAIN.values().stream().filter(oracle -> oracle.layers() > 1).count());
  }

  @Test
  void layersAreOpenedOnceAndFoundAgain() throws IOException {
    Path shared = Files.createDirectories(directory.toRealPath().resolve("shared/golden"));
    Path base = shared.resolve("base.qcow2");
    QemuImg.create("qcow2", "", base, "4M");
    QemuImg.io("qcow2", base, List.of("write -P 9 0 4M"));
    int overlays = 6;
    for (int i = 0; i < overlays; i++) {
      QemuImg.run(
          "create",
          "-q",
          "-f",
          "qcow2",
          "-F",
          "qcow2",
          "-b",
          "golden/base.qcow2",
          shared.resolveSibling("overlay-" + i + ".qcow2").toString());
    }
    CacheStats before = ImageCache.get().stats();
    Dataset<Row> blocks =
        follow("blocks")
            .option("maxPartitionBytes", 100_000)
            .option("openCostInBytes", 0)
            .load(shared.getParent() + "/overlay-*.qcow2");
    assertThat(blocks.where("allocated AND _depth = 1").count()).isEqualTo(overlays * 64L);
    CacheStats after = ImageCache.get().stats();
    assertThat(after.opened() - before.opened()).isEqualTo(overlays + 1);
    assertThat(after.hits() - before.hits()).isGreaterThanOrEqualTo(overlays - 1);
    assertThat(after.leases()).isZero();

    ImageCache.get().clear();
    CacheStats again = ImageCache.get().stats();
    follow("blocks").load(shared.getParent().toString()).where("allocated").count();
    assertThat(ImageCache.get().stats().opened() - again.opened())
        .as("the base is one image, by itself and below others")
        .isEqualTo(overlays + 1);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }
}
