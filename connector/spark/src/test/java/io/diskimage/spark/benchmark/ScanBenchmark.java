package io.diskimage.spark.benchmark;

import com.sun.management.ThreadMXBean;
import io.diskimage.format.DiskImage;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.OpenOptions;
import io.diskimage.format.Purpose;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/**
 * Measures scans by Spark against {@code qemu-img} on the same machine in one run, page cache warm:
 * {@code connector/benchmark.sh [DIRECTORY [GIB]]}. Prints a table; ratios count, absolutes are the
 * machine's.
 */
public final class ScanBenchmark {
  private static final int RUNS = 7;

  /** Rounds before the first that counts: by then the JVM has compiled what a scan runs. */
  private static final int WARM_UP = 40;

  private static final List<String> FORMATS = List.of("qcow2", "vpc", "vdi", "parallels");

  private final SparkSession spark;
  private final BenchmarkImages images;

  private ScanBenchmark(SparkSession spark, BenchmarkImages images) {
    this.spark = spark;
    this.images = images;
  }

  /** Measures with images kept in the first argument's directory, of the second argument's GiB. */
  public static void main(String[] arguments) throws Exception {
    Path directory =
        Path.of(arguments.length > 0 ? arguments[0] : "target/benchmark").toAbsolutePath();
    long gib = arguments.length > 1 ? Long.parseLong(arguments[1]) : 2;
    Files.createDirectories(directory);
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("diskimage benchmark")
            .config("spark.ui.enabled", "false")
            .getOrCreate();
    try {
      ScanBenchmark benchmark = new ScanBenchmark(spark, new BenchmarkImages(directory, gib << 30));
      benchmark.dataScans();
      benchmark.metadataScans();
      benchmark.opening();
    } finally {
      spark.stop();
    }
  }

  private void dataScans() throws IOException, InterruptedException {
    print("sum(crc32(data)) WHERE allocated, local[2], best and median of %d runs", RUNS);
    print(
        "%-10s %10s %10s %12s %12s %8s %8s",
        "format", "best GB/s", "median", "qemu-img", "qemu tuned", "ratio", "tuned");
    for (String format : FORMATS) {
      Path image = images.full(format);
      long stored = number("SELECT sum(length) FROM images WHERE allocated", image);
      double[] ours = new double[RUNS];
      double[] theirs = new double[RUNS];
      double[] tuned = new double[RUNS];
      for (int round = 0; round < WARM_UP; round++) {
        seconds("SELECT sum(crc32(data)) FROM images WHERE allocated", image);
      }
      // Alternating, so that both meet the machine in the same state.
      for (int slot = 0; slot < RUNS; slot++) {
        ours[slot] = seconds("SELECT sum(crc32(data)) FROM images WHERE allocated", image);
        theirs[slot] = Qemu.readAll(format, image, 1L << 40);
        tuned[slot] = Qemu.readAllTuned(format, image, 1L << 40);
      }
      double rate = stored / 1e9 / best(ours);
      double theirRate = stored / 1e9 / best(theirs);
      double tunedRate = stored / 1e9 / best(tuned);
      print(
          "%-10s %10.2f %10.2f %12.2f %12.2f %8.2f %8.2f",
          format,
          rate,
          stored / 1e9 / median(ours),
          theirRate,
          tunedRate,
          rate / theirRate,
          rate / tunedRate);
    }
  }

  private void metadataScans() throws IOException, InterruptedException {
    Path image = images.metadata();
    print("4 TiB with preallocated metadata, local[2]");
    for (String query :
        List.of(
            "SELECT count(*) FROM images",
            "SELECT sum(length) FROM images",
            "SELECT min(`offset`), max(`offset`) FROM images",
            "SELECT count_if(allocated) FROM images",
            "SELECT count(*), sum(length) FROM images WHERE allocated")) {
      MetricsOfQuery metrics = new MetricsOfQuery(spark, withView(query, image));
      print("%-60s %8.3f s  metadata bytes %,d", query, metrics.seconds(), metrics.sum("metadata"));
    }
    long tables = (4L << 40) / (512L << 20) * 65536 + (4L << 40) / (512L << 20) * 8;
    print("L1 and L2 tables of that image: %,d bytes", tables);
  }

  private void opening() throws IOException, InterruptedException {
    print("bytes of heap allocated by opening an image and reading its description");
    for (String format : FORMATS) {
      print("%-16s %,12d", format, allocatedByOpening(images.full(format)));
    }
    print("%-16s %,12d", "4 TiB qcow2", allocatedByOpening(images.metadata()));
  }

  private static long allocatedByOpening(Path image) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int run = 0; run < RUNS; run++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      LocalImageInput input = LocalImageInput.open(image);
      try (DiskImage opened =
          ImageFormats.detect(input, false, new IoCounters())
              .open(input, OpenOptions.of(Purpose.READ))) {
        opened.info();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  private double seconds(String query, Path image) {
    String sql = withView(query, image);
    long start = System.nanoTime();
    spark.sql(sql).collectAsList();
    return (System.nanoTime() - start) / 1e9;
  }

  private long number(String query, Path image) {
    return spark.sql(withView(query, image)).first().getLong(0);
  }

  private String withView(String query, Path image) {
    spark
        .read()
        .format("diskimage")
        .option("blockSize", "65536")
        .load(image.toString())
        .createOrReplaceTempView("images");
    return query;
  }

  private static double best(double[] seconds) {
    return Arrays.stream(seconds).min().orElseThrow();
  }

  private static double median(double[] seconds) {
    return Arrays.stream(seconds).sorted().skip(seconds.length / 2).findFirst().orElseThrow();
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
