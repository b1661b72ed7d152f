package io.diskimage.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.hostile.SmallImages;
import io.diskimage.spark.benchmark.MetricsOfQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.SaveMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever becomes of an index, scans have their rows. */
class IndexDamageTest {
  private static final List<String> QUERIES =
      List.of(
          "SELECT * FROM $images",
          "SELECT path, error FROM $images WHERE error IS NOT NULL",
          "SELECT path, virtual_size FROM $images WHERE format = 'vdi' AND allocated_size > 0",
          "SELECT * FROM $snapshots",
          "SELECT path, verdict FROM $checks WHERE format = 'vdi'",
          "SELECT path, offset, sha2(data, 256) FROM images.`$root`.blocks WITH"
              + " (mode = 'PERMISSIVE', $options) WHERE _format = 'vpc' OR _format = 'parallels'");

  @TempDir private Path directory;
  private final long seed = Long.getLong("diskimage.seed", System.nanoTime());

  private IndexedFleet fleet() throws IOException {
    return new IndexedFleet(directory).withGoodAndBad();
  }

  private static MetricsOfQuery sameForAll(IndexedFleet fleet) {
    MetricsOfQuery last = null;
    for (String query : QUERIES) {
      last = fleet.same(query);
    }
    return last;
  }

  @Test
  void randomChangesOfImagesAndIndexChangeNoRow() throws IOException {
    System.out.println("-Ddiskimage.seed=" + seed);
    Random random = new Random(seed);
    IndexedFleet fleet = fleet().withHostile().withBroken(random, 40);
    fleet.build();
    sameForAll(fleet);
    for (int round = 0; round < 6; round++) {
      fleet.withBroken(random, random.nextInt(40));
      Files.deleteIfExists(fleet.root().resolve("broken/" + random.nextInt(10) + ".vdi"));
      List<Path> files = fleet.indexFiles(random.nextInt(4) == 0 ? ".json" : ".parquet");
      // The rounds before may have removed all of them.
      if (!files.isEmpty()) {
        damage(files.get(random.nextInt(files.size())), random);
      }
      if (random.nextBoolean()) {
        fleet.build();
      }
      sameForAll(fleet);
    }
  }

  private static void damage(Path file, Random random) throws IOException {
    byte[] content = Files.readAllBytes(file);
    switch (random.nextInt(3)) {
      case 0 -> content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> content = Arrays.copyOf(content, random.nextInt(content.length));
      default -> content = new byte[0];
    }
    overwrite(file, content);
  }

  /** Without the checksums that Hadoop's local file system keeps beside a file. */
  private static void overwrite(Path file, byte[] content) throws IOException {
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    if (content.length == 0) {
      Files.delete(file);
    } else {
      Files.write(file, content);
    }
  }

  private static void assertUnused(IndexedFleet fleet) {
    MetricsOfQuery indexed = fleet.same("SELECT * FROM $images");
    assertThat(indexed.sum("imagesIndexed")).isZero();
    assertThat(indexed.sum("indexProblems")).isEqualTo(1);
  }

  @Test
  void whereNoIndexIsNoneIsUsed() throws IOException {
    IndexedFleet fleet = fleet();
    assertUnused(fleet);
    Files.createDirectories(fleet.index());
    assertUnused(fleet);
    Files.write(fleet.index().resolve("manifest.json"), new byte[10]);
    Files.write(fleet.index().resolve("part-0.parquet"), new byte[10]);
    assertUnused(fleet);
    // What does not look like a generation is nobody's business.
    fleet.build();
    assertThat(fleet.same("SELECT * FROM $images").sum("indexProblems")).isZero();
    assertThat(fleet.index().resolve("part-0.parquet")).exists();
  }

  @Test
  void aPartThatIsNotTheOneWrittenIsNotUsed() throws IOException {
    IndexedFleet fleet = fleet();
    fleet.build();
    Path part = fleet.indexFiles(".parquet").get(0);
    byte[] whole = Files.readAllBytes(part);
    byte[] changed = whole.clone();
    changed[whole.length / 2] ^= 1;
    for (byte[] other : List.of(changed, Arrays.copyOf(whole, whole.length - 1), new byte[0])) {
      overwrite(part, other);
      assertUnused(fleet);
    }
    overwrite(part, whole);
    assertThat(fleet.same("SELECT * FROM $images").sum("indexProblems")).isZero();
  }

  @Test
  void theGenerationBeforeIsUsedWhereTheManifestIsDamaged() throws IOException {
    IndexedFleet fleet = fleet();
    fleet.build();
    fleet.write("new.raw", new byte[512]);
    fleet.build();
    Path newest = fleet.indexFiles(".json").get(1);
    overwrite(newest, Arrays.copyOf(Files.readAllBytes(newest), 40));

    MetricsOfQuery indexed = fleet.same("SELECT * FROM $images");
    assertThat(indexed.sum("indexProblems")).isEqualTo(1);
    assertThat(IndexedFleet.opened(indexed)).isEqualTo(1);
  }

  @Test
  void aForeignParquetFileIsNotUsed() throws IOException {
    IndexedFleet fleet = fleet();
    Path foreign = directory.resolve("foreign");
    LocalSpark.session()
        .range(7)
        .coalesce(1)
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(foreign.toString());
    byte[] content;
    try (var files = Files.newDirectoryStream(foreign, "*.parquet")) {
      content = Files.readAllBytes(files.iterator().next());
    }
    ForgedIndex.of(fleet.index(), content, 7);
    assertUnused(fleet);
    ForgedIndex.of(fleet.index(), new byte[100], 7);
    assertUnused(fleet);
  }

  @Test
  void aManifestCannotNameFilesElsewhere() throws IOException {
    IndexedFleet fleet = fleet();
    fleet.build();
    Path manifest = fleet.indexFiles(".json").get(0);
    String json = Files.readString(manifest);
    overwrite(manifest, json.replaceAll("\"rows-", "\"../index/rows-").getBytes(UTF_8));
    assertUnused(fleet);
    overwrite(
        manifest, json.replaceAll("\"length\":[0-9]+", "\"length\":2000000000").getBytes(UTF_8));
    assertUnused(fleet);
    overwrite(manifest, (json + "1").getBytes(UTF_8));
    assertUnused(fleet);
  }

  @Test
  void claimsOfAnIndexMoveNoBlock() throws IOException {
    IndexedFleet fleet = fleet();
    fleet.write("a.qcow2", SmallImages.of("qcow2"));
    for (long claim : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, -1, 0, 1}) {
      ForgedIndex.claiming(fleet, claim);
      String blocks =
          "SELECT path, offset, allocated, sha2(data, 256) FROM images.`$root`.blocks WITH"
              + " (mode = 'PERMISSIVE', maxPartitionBytes = '4096',"
              + " $options)";
      assertThat(fleet.same(blocks).sum("indexProblems")).isZero();
    }
  }
}
