package io.diskimage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskimage.format.hostile.HostileImage;
import io.diskimage.format.hostile.HostileImages;
import io.diskimage.format.hostile.SmallImages;
import io.diskimage.spark.benchmark.MetricsOfQuery;
import io.diskimage.spark.cache.ImageCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A directory of small images in good order and of bad ones, and an index beside it. */
final class IndexedFleet {
  static final List<String> FORMATS = List.of("qcow2", "vpc", "vdi", "parallels");

  private final SparkSession spark = LocalSpark.session();
  private final Path root;
  private final Path index;

  IndexedFleet(Path directory) throws IOException {
    root = Files.createDirectories(directory.toRealPath().resolve("fleet"));
    index = directory.toRealPath().resolve("index");
  }

  Path root() {
    return root;
  }

  Path index() {
    return index;
  }

  /** Writes a file that was last modified some time ago, another time for other content. */
  Path write(String name, byte[] content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    age(file, Arrays.hashCode(content));
    return file;
  }

  private static void age(Path file, int by) throws IOException {
    Instant then = Instant.now().minus(1, ChronoUnit.DAYS).plusMillis(by % 1_000_000);
    Files.setLastModifiedTime(file, FileTime.from(then));
  }

  /** One image of each driver, a raw disk, and files that are none. */
  IndexedFleet withGoodAndBad() throws IOException {
    for (String format : FORMATS) {
      write(format + "/good." + format, SmallImages.of(format));
    }
    write("raw/disk.raw", new byte[1 << 16]);
    write("bad/empty.qcow2", new byte[0]);
    write("bad/text.txt", new byte[100]);
    return this;
  }

  /** Every image made to do harm, but for the one whose blocks are those of a terabyte. */
  IndexedFleet withHostile() throws IOException {
    for (HostileImage image : HostileImages.all()) {
      if (!image.name().equals("alias-bomb")) {
        image.writeTo(Files.createDirectories(root.resolve("hostile").resolve(image.name())));
      }
    }
    try (Stream<Path> files = Files.walk(root.resolve("hostile"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        age(file, file.hashCode());
      }
    }
    return this;
  }

  /** Images of which a few bytes are other ones, or which end early. */
  IndexedFleet withBroken(Random random, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      String format = FORMATS.get(random.nextInt(FORMATS.size()));
      byte[] image = SmallImages.of(format);
      for (int j = random.nextInt(4); j > 0; j--) {
        image[random.nextInt(Math.min(image.length, 4096))] = (byte) random.nextInt();
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(image.length) : image.length;
      write("broken/" + i + "." + format, Arrays.copyOf(image, length));
    }
    return this;
  }

  /** Images, of these carried and opened, failed; files of the index. */
  List<Long> build() {
    Row built =
        spark
            .sql("CALL images.system.build_index(path => '" + root + "', index => '" + index + "')")
            .head();
    return Stream.of("images", "carried", "opened", "failed", "files")
        .map(built::<Long>getAs)
        .toList();
  }

  /** A query over the images, {@code $table} being the table of a name. */
  MetricsOfQuery run(String query, boolean indexed) {
    ImageCache.get().clear();
    // Spark takes no empty list of options; this one is the default.
    String option = indexed ? "index = '" + index + "'" : "probeFooter = 'false'";
    return new MetricsOfQuery(
        spark,
        query
            .replace("$root", root.toString())
            .replace("$options", option)
            .replaceAll("\\$(\\w+)", "images.`" + root + "`.$1 WITH (" + option + ")"));
  }

  List<String> rows(String query, boolean indexed) {
    return sorted(run(query, indexed));
  }

  static List<String> sorted(MetricsOfQuery query) {
    return query.rows().stream().map(Row::toString).sorted().toList();
  }

  /** Runs a query with the index, of whose rows there are as many and the same without it. */
  MetricsOfQuery same(String query) {
    List<String> expected = rows(query, false);
    MetricsOfQuery indexed = run(query, true);
    assertThat(sorted(indexed)).as(query).isEqualTo(expected);
    return indexed;
  }

  static long opened(MetricsOfQuery query) {
    return query.sum("imagesOpened") + query.sum("cacheHits");
  }

  /** Files of the index whose names end so. */
  List<Path> indexFiles(String end) throws IOException {
    try (Stream<Path> files = Files.walk(index)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().endsWith(end))
          .sorted()
          .toList();
    }
  }
}
