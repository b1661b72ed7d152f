package io.diskimage.spark.benchmark;

import io.diskimage.format.CreateOptions;
import io.diskimage.format.ImageFormat;
import io.diskimage.format.ImageFormats;
import io.diskimage.format.LocalImageInput;
import io.diskimage.format.LocalImageTarget;
import io.diskimage.format.WritableDiskImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Measures the filling of a fresh image from a raw file against {@code qemu-img convert} on the
 * same machine in one run, page cache warm: {@code connector/benchmark.sh write [DIRECTORY [GIB]]}.
 * By default qemu-img leaves to the system when the image gets to the disk; closing an image waits
 * for it, as {@code qemu-img convert -t writeback} does. Both are compared with their like.
 */
public final class WriteBenchmark {
  private static final int RUNS = 4;
  private static final int PIECE = 2 << 20;
  private static final List<String> FORMATS = List.of("raw", "vpc", "vdi", "parallels");

  private WriteBenchmark() {}

  /** Measures with files in the first argument's directory, of the second's size in GiB. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]).toAbsolutePath());
    long bytes = Long.parseLong(arguments[1]) << 30;
    Path raw = new BenchmarkImages(directory, bytes).content();
    print("%d GiB in order from a raw file into a fresh image, best of %d", bytes >> 30, RUNS);
    print(
        "%-10s %10s %10s %6s %10s %10s %10s %6s",
        "", "unsafe", "ours", "ratio", "writeback", "-m 16 -W", "ours", "ratio");
    for (String name : FORMATS) {
      ImageFormat format = ImageFormats.byName(name).orElseThrow();
      Path image = directory.resolve("written." + name);
      double unsafe = Double.MAX_VALUE;
      double writeback = Double.MAX_VALUE;
      double tuned = Double.MAX_VALUE;
      double filled = Double.MAX_VALUE;
      double closed = Double.MAX_VALUE;
      // Alternating, so that all meet the machine in the same state.
      for (int run = 0; run < RUNS; run++) {
        unsafe = Math.min(unsafe, convert(raw, name, image, "-t", "unsafe"));
        writeback = Math.min(writeback, convert(raw, name, image, "-t", "writeback"));
        tuned = Math.min(tuned, convert(raw, name, image, "-t", "writeback", "-m", "16", "-W"));
        double[] ours = fill(raw, format, image);
        filled = Math.min(filled, ours[0]);
        closed = Math.min(closed, ours[1]);
      }
      Files.delete(image);
      print(
          "%-10s %8.2f s %8.2f s %6.2f %8.2f s %8.2f s %8.2f s %6.2f",
          name, unsafe, filled, unsafe / filled, writeback, tuned, closed, writeback / closed);
    }
  }

  private static double convert(Path raw, String format, Path image, String... how)
      throws IOException, InterruptedException {
    Files.deleteIfExists(image);
    String[] command = new String[how.length + 8];
    System.arraycopy(new String[] {"qemu-img", "convert"}, 0, command, 0, 2);
    System.arraycopy(how, 0, command, 2, how.length);
    System.arraycopy(
        new String[] {"-f", "raw", "-O", format, raw.toString(), image.toString()},
        0,
        command,
        how.length + 2,
        6);
    return Qemu.run(command);
  }

  /** Seconds until all is written, and until it is on stable storage. */
  private static double[] fill(Path raw, ImageFormat format, Path file) throws IOException {
    Files.deleteIfExists(file);
    byte[] piece = new byte[PIECE];
    long start = System.nanoTime();
    double[] seconds = new double[2];
    try (LocalImageInput source = LocalImageInput.open(raw);
        WritableDiskImage image =
            format.create(LocalImageTarget.create(file), CreateOptions.ofSize(source.length()))) {
      for (long at = 0; at < source.length(); at += piece.length) {
        int length = (int) Math.min(piece.length, source.length() - at);
        source.readPadded(at, piece, 0, length);
        image.write(at, piece, 0, length);
      }
      seconds[0] = (System.nanoTime() - start) / 1e9;
    }
    seconds[1] = (System.nanoTime() - start) / 1e9;
    return seconds;
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
