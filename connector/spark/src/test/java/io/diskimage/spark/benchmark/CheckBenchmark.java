package io.diskimage.spark.benchmark;

import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.CheckReport;
import io.diskimage.format.check.ImageCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Measures checks and maps against {@code qemu-img} on the same machine in one run, page cache
 * warm: {@code connector/benchmark.sh check [DIRECTORY]}. Prints a table; ratios count, absolutes
 * are the machine's.
 */
public final class CheckBenchmark {
  private static final int RUNS = 5;

  /** Rounds before the first that counts: by then the JVM has compiled what a check runs. */
  private static final int WARM_UP = 10;

  private final SparkSession spark;
  private final Path directory;

  private CheckBenchmark(SparkSession spark, Path directory) {
    this.spark = spark;
    this.directory = directory;
  }

  /** What is timed. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  /** Measures with images kept in the first argument's directory. */
  public static void main(String[] arguments) throws Exception {
    Path directory =
        Path.of(arguments.length > 0 ? arguments[0] : "target/benchmark").toAbsolutePath();
    Files.createDirectories(directory);
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("diskimage check benchmark")
            .config("spark.ui.enabled", "false")
            .getOrCreate();
    try {
      CheckBenchmark benchmark = new CheckBenchmark(spark, directory);
      benchmark.fleet();
      benchmark.largeImage();
      benchmark.aliasBomb();
    } finally {
      spark.stop();
    }
  }

  private void fleet() throws IOException, InterruptedException {
    Path fleet = new BenchmarkFleet(directory).make();
    print("fleet of %,d images, local[2]; best of %d", BenchmarkFleet.IMAGES, RUNS);
    double qemu = best(() -> Qemu.checkEach(fleet), RUNS);
    print("%-52s %9.3f s", "find | xargs -P2 -n1 qemu-img check --output=json", qemu);
    compare("library, 1 thread", qemu, () -> checkAll(fleet));
    String verdicts = "SELECT verdict, format, count(*) FROM images GROUP BY ALL ORDER BY ALL";
    compare("Spark: " + verdicts, qemu, () -> query(verdicts, "checks", fleet));
    compare(
        "Spark: SELECT * FROM checks, noop",
        qemu,
        () -> view("checks", fleet).write().format("noop").mode("overwrite").save());
    for (Row row : query(verdicts, "checks", fleet)) {
      print("    %s", row);
    }
  }

  private void largeImage() throws IOException, InterruptedException {
    Path image = new BenchmarkImages(directory, 0).metadata();
    print("4 TiB qcow2 with preallocated metadata, local[2]; best of %d", RUNS);
    double check =
        best(() -> Qemu.run("qemu-img", "check", "--output=json", image.toString()), RUNS);
    print("%-52s %9.3f s", "qemu-img check", check);
    print(
        "%-52s %9.3f s", "qemu-img check, caches for all", best(() -> tuned("check", image), RUNS));
    compare("library, 1 thread", check, () -> check(image));
    compare(
        "Spark: SELECT * FROM checks", check, () -> query("SELECT * FROM images", "checks", image));
    double map = best(() -> Qemu.run("qemu-img", "map", "--output=json", image.toString()), RUNS);
    print("%-52s %9.3f s", "qemu-img map --output=json", map);
    print("%-52s %9.3f s", "qemu-img map, caches for all", best(() -> tuned("map", image), RUNS));
    String extents = "SELECT allocated, count(*), sum(length) FROM images GROUP BY allocated";
    compare("Spark: " + extents, map, () -> query(extents, "extents", image));
  }

  private static void tuned(String command, Path image) throws IOException, InterruptedException {
    Qemu.run(
        "qemu-img",
        command,
        "--output=json",
        "--image-opts",
        "driver=qcow2,file.driver=file,file.filename="
            + image
            + ",l2-cache-size=1G,l2-cache-entry-size=65536,refcount-cache-size=256M");
  }

  private void aliasBomb() throws IOException, InterruptedException {
    Path bomb = AliasBomb.make(directory);
    long start = System.nanoTime();
    CheckReport report = check(bomb);
    print(
        "alias bomb: %.3f s, %d findings, %s",
        (System.nanoTime() - start) / 1e9, report.findings().size(), report.counters());
  }

  private static void checkAll(Path fleet) throws IOException {
    try (var files = Files.list(fleet)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        check(file);
      }
    }
  }

  private static CheckReport check(Path file) throws IOException {
    try (LocalImageInput input = LocalImageInput.open(file)) {
      ImageFormat format = ImageFormats.detect(input, false, new IoCounters());
      return ImageCheck.of(format, input, CheckOptions.of(CheckLevel.METADATA));
    }
  }

  private List<Row> query(String sql, String table, Path path) {
    view(table, path).createOrReplaceTempView("images");
    return spark.sql(sql).collectAsList();
  }

  private Dataset<Row> view(String table, Path path) {
    return spark.read().format("diskimage").option("table", table).load(path.toString());
  }

  private static void compare(String name, double theirs, Work ours)
      throws IOException, InterruptedException {
    best(ours, WARM_UP);
    double seconds = best(ours, RUNS);
    print("%-52s %9.3f s  %6.1f times as fast", name, seconds, theirs / seconds);
  }

  private static double best(Work work, int runs) throws IOException, InterruptedException {
    double[] seconds = new double[runs];
    for (int run = 0; run < runs; run++) {
      long start = System.nanoTime();
      work.run();
      seconds[run] = (System.nanoTime() - start) / 1e9;
    }
    return Arrays.stream(seconds).min().orElseThrow();
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
