package io.diskimage.spark.benchmark;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.WritableDiskImage;
import io.diskimage.format.WriteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Measures the filling of a fresh image from a raw file against {@code qemu-img convert} on the
 * same machine in one run, page cache warm: {@code connector/benchmark.sh write [DIRECTORY [GIB]]}.
 * By default qemu-img leaves to the system when the image gets to the disk; closing an image waits
 * for it, as {@code qemu-img convert -t writeback} does. Both are compared with their like, and the
 * latter also with 16 coroutines that write out of order, which alone make qemu-img compress in
 * more than one thread.
 *
 * <p>Images are filled with incompressible bytes. Compressed ones, which take many times as long,
 * are of a quarter of the size and filled with {@link MixedBytes}, with as many threads that
 * compress as there are cores.
 */
public final class WriteBenchmark {
  private static final int RUNS = 4;
  private static final int PIECE = 2 << 20;
  private static final List<Way> WAYS =
      List.of(
          Way.plain("raw"),
          Way.plain("vpc"),
          Way.plain("vdi"),
          Way.plain("parallels"),
          Way.plain("qcow2"),
          Way.compressed("qcow2", "zlib"),
          Way.compressed("qcow2", "zstd"));

  private final Path image;
  private final ExecutorService compression;

  private WriteBenchmark(Path image, ExecutorService compression) {
    this.image = image;
    this.compression = compression;
  }

  /**
   * How images are filled.
   *
   * @param compression {@code compression_type} of clusters that are written compressed, empty if
   *     they are not
   */
  private record Way(String format, String compression) {
    static Way plain(String format) {
      return new Way(format, "");
    }

    static Way compressed(String format, String type) {
      return new Way(format, type);
    }

    String name() {
      return isCompressed() ? format + " " + compression : format;
    }

    boolean isCompressed() {
      return !compression.isEmpty();
    }
  }

  /**
   * Measures with files in the first argument's directory, of the second's size in GiB: all ways,
   * or those whose names begin with the third argument.
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]).toAbsolutePath());
    long bytes = Long.parseLong(arguments[1]) << 30;
    String wanted = arguments.length > 2 ? arguments[2] : "";
    BenchmarkImages incompressible = new BenchmarkImages(directory, bytes);
    BenchmarkImages compressible = new BenchmarkImages(directory, bytes / 4);
    print(
        "%d GiB, compressed a quarter, in order from a raw file into a fresh image, best of %d",
        bytes >> 30, RUNS);
    print(
        "%-11s %9s %9s %6s %9s %9s %9s %6s %6s",
        "", "unsafe", "ours", "ratio", "writeback", "-m 16 -W", "ours", "ratio", "-m -W");
    ExecutorService compression =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      for (Way way : WAYS) {
        if (!way.name().startsWith(wanted)) {
          continue;
        }
        Path raw = way.isCompressed() ? compressible.mixed() : incompressible.content();
        Path image = directory.resolve("written." + way.format());
        new WriteBenchmark(image, compression).measure(way, raw);
        Files.delete(image);
      }
    } finally {
      compression.shutdown();
    }
  }

  private void measure(Way way, Path raw) throws IOException, InterruptedException {
    double unsafe = Double.MAX_VALUE;
    double writeback = Double.MAX_VALUE;
    double tuned = Double.MAX_VALUE;
    double filled = Double.MAX_VALUE;
    double closed = Double.MAX_VALUE;
    // Alternating, so that all meet the machine in the same state.
    for (int run = 0; run < RUNS; run++) {
      unsafe = Math.min(unsafe, convert(raw, way, "-t", "unsafe"));
      writeback = Math.min(writeback, convert(raw, way, "-t", "writeback"));
      tuned = Math.min(tuned, convert(raw, way, "-t", "writeback", "-m", "16", "-W"));
      double[] ours = fill(raw, way);
      filled = Math.min(filled, ours[0]);
      closed = Math.min(closed, ours[1]);
    }
    print(
        "%-11s %7.2f s %7.2f s %6.2f %7.2f s %7.2f s %7.2f s %6.2f %6.2f",
        way.name(),
        unsafe,
        filled,
        unsafe / filled,
        writeback,
        tuned,
        closed,
        writeback / closed,
        tuned / closed);
  }

  private double convert(Path raw, Way way, String... how)
      throws IOException, InterruptedException {
    Files.deleteIfExists(image);
    List<String> command = new ArrayList<>(List.of("qemu-img", "convert"));
    command.addAll(List.of(how));
    if (way.isCompressed()) {
      command.addAll(List.of("-c", "-o", "compression_type=" + way.compression()));
    }
    command.addAll(List.of("-f", "raw", "-O", way.format(), raw.toString(), image.toString()));
    return Qemu.run(command.toArray(String[]::new));
  }

  /** Seconds until all is written, and until it is on stable storage. */
  private double[] fill(Path raw, Way way) throws IOException {
    Files.deleteIfExists(image);
    byte[] piece = new byte[PIECE];
    long start = System.nanoTime();
    double[] seconds = new double[2];
    try (LocalImageInput source = LocalImageInput.open(raw);
        WritableDiskImage disk = create(way, source.length())) {
      for (long at = 0; at < source.length(); at += piece.length) {
        int length = (int) Math.min(piece.length, source.length() - at);
        source.readPadded(at, piece, 0, length);
        if (way.isCompressed()) {
          disk.writeCompressed(at, piece, 0, length);
        } else {
          disk.write(at, piece, 0, length);
        }
      }
      seconds[0] = (System.nanoTime() - start) / 1e9;
    }
    seconds[1] = (System.nanoTime() - start) / 1e9;
    return seconds;
  }

  private WritableDiskImage create(Way way, long size) throws IOException {
    ImageFormat format = ImageFormats.byName(way.format()).orElseThrow();
    CreateOptions options =
        CreateOptions.ofSize(size).withWriting(WriteOptions.DEFAULT.withCompression(compression));
    return format.create(
        LocalImageTarget.create(image),
        way.isCompressed() ? options.with("compression_type", way.compression()) : options);
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
