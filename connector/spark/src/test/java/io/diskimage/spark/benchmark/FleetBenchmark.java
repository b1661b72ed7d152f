package io.diskimage.spark.benchmark;

import com.sun.management.OperatingSystemMXBean;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.IoCounters;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.check.CheckLevel;
import io.diskimage.format.check.CheckOptions;
import io.diskimage.format.check.ImageCheck;
import io.diskimage.spark.options.OptionLayers;
import io.diskimage.spark.options.TimeTravel;
import io.diskimage.spark.plan.ImageScanBuilder;
import io.diskimage.spark.table.TableKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;

/**
 * Measures scans of many small images: what the driver plans and keeps for them, and how long their
 * {@code images} and {@code checks} take. {@code connector/benchmark.sh fleet [DIRECTORY
 * [IMAGES]]}; page cache warm. What an image costs shall not depend on how many there are.
 */
public final class FleetBenchmark {
  private static final int RUNS = 3;
  private static final int SMALLEST = 1000;

  /** Processor time of the whole JVM tells more than the clock where others run beside it. */
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final SparkSession spark;

  private FleetBenchmark(SparkSession spark) {
    this.spark = spark;
  }

  /** Measures with images kept in the first argument's directory, up to the second's number. */
  public static void main(String[] arguments) throws Exception {
    Path directory =
        Path.of(arguments.length > 0 ? arguments[0] : "target/benchmark").toAbsolutePath();
    int most = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100_000;
    Files.createDirectories(directory);
    SparkSession spark =
        SparkSession.builder()
            .config("spark.master", System.getProperty("spark.master", "local[2]"))
            .appName("diskimage fleet benchmark")
            .config("spark.ui.enabled", "false")
            .getOrCreate();
    try {
      FleetBenchmark benchmark = new FleetBenchmark(spark);
      print(
          "%s, heap of the driver %,d MiB",
          spark.sparkContext().master(), Runtime.getRuntime().maxMemory() >> 20);
      SmallFleet fleets = new SmallFleet(directory);
      for (int images = SMALLEST; images <= most; images *= 10) {
        long start = System.nanoTime();
        Path fleet = fleets.make(images);
        print("%n%,d images (made or found in %.1f s)", images, secondsSince(start));
        benchmark.plan(fleet, images);
        benchmark.query(fleet, images);
      }
    } finally {
      spark.stop();
    }
  }

  private void plan(Path fleet, int images) throws IOException {
    print(
        "%-10s %10s %10s %8s %14s %14s %14s %12s",
        "table",
        "list+plan",
        "plan",
        "tasks",
        "largest task",
        "all tasks",
        "driver keeps",
        "per image");
    for (TableKind table : List.of(TableKind.BLOCKS, TableKind.IMAGES, TableKind.CHECKS)) {
      Batch first = batch(table, fleet);
      first.planInputPartitions();
      Batch batch = batch(table, fleet);
      long before = usedHeap();
      long start = System.nanoTime();
      InputPartition[] tasks = batch.planInputPartitions();
      double cold = secondsSince(start);
      long kept = usedHeap() - before;
      start = System.nanoTime();
      batch.planInputPartitions();
      double warm = secondsSince(start);
      long[] sizes = new long[tasks.length];
      for (int i = 0; i < tasks.length; i++) {
        sizes[i] = serializedBytes(tasks[i]);
      }
      print(
          "%-10s %8.3f s %8.3f s %,8d %,12d B %,12d B %,12d B %,10d B",
          table.label(),
          cold,
          warm,
          tasks.length,
          Arrays.stream(sizes).max().orElse(0),
          Arrays.stream(sizes).sum(),
          kept,
          kept / images);
    }
  }

  private static Batch batch(TableKind table, Path fleet) {
    return new ImageScanBuilder(
            OptionLayers.ofReader(Map.of())
                .resolve(table, List.of(fleet.toString()), TimeTravel.NONE))
        .build()
        .toBatch();
  }

  private void query(Path fleet, int images) throws IOException {
    print(
        "%-52s %10s %10s %12s %12s",
        "query", "first", "best of " + RUNS, "per image", "CPU per image");
    for (String table : List.of("images", "checks")) {
      time("SELECT format, count(*) FROM %s GROUP BY format", table, fleet, images);
      time("SELECT * FROM %s, noop", table, fleet, images);
    }
    time("check of each by the library, 1 thread", images, () -> checkAll(fleet));
  }

  private void time(String query, String table, Path fleet, int images) throws IOException {
    time(
        query.formatted(table),
        images,
        () -> {
          var rows = spark.read().format("diskimage").option("table", table).load(fleet.toString());
          if (query.contains("noop")) {
            rows.write().format("noop").mode("overwrite").save();
          } else {
            rows.groupBy("format").count().collectAsList();
          }
        });
  }

  /** What is timed. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private static void time(String name, int images, Work work) throws IOException {
    double first = 0;
    double best = Double.MAX_VALUE;
    long leastCpu = Long.MAX_VALUE;
    for (int run = 0; run <= RUNS; run++) {
      long start = System.nanoTime();
      long cpu = PROCESS.getProcessCpuTime();
      work.run();
      double seconds = secondsSince(start);
      if (run == 0) {
        first = seconds;
      } else {
        best = Math.min(best, seconds);
        leastCpu = Math.min(leastCpu, PROCESS.getProcessCpuTime() - cpu);
      }
    }
    print(
        "%-52s %8.3f s %8.3f s %9.1f us %9.1f us",
        name, first, best, best / images * 1e6, leastCpu / 1e3 / images);
  }

  private static void checkAll(Path fleet) throws IOException {
    try (Stream<Path> files = Files.walk(fleet)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        try (LocalImageInput input = LocalImageInput.open(file)) {
          ImageCheck.of(
              ImageFormats.detect(input, false, new IoCounters()),
              input,
              CheckOptions.of(CheckLevel.METADATA));
        }
      }
    }
  }

  private static long serializedBytes(InputPartition task) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(task);
    }
    return bytes.size();
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static double secondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1e9;
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
