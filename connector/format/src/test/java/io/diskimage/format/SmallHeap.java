package io.diskimage.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens image files in a JVM of 256 MiB: {@link #main} there prints for each what came of it and
 * after how long, {@link #open} starts it and returns the lines.
 */
public final class SmallHeap {

  private SmallHeap() {}

  /**
   * What came of one file.
   *
   * @param millis spent on it
   * @param outcome "opened", or the simple name of the exception's class
   * @param message of the exception, or empty
   */
  public record Result(long millis, String outcome, String message) {}

  /** Opens files in a JVM of their own and walks over their mapping and snapshots. */
  public static List<Result> open(String format, List<Path> files)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(SmallHeap.class.getName(), format));
    files.forEach(file -> command.add(file.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(command + " ended with " + process.exitValue() + "\n" + output);
    }
    List<Result> results = new ArrayList<>();
    for (String line : output.lines().toList()) {
      String[] parts = line.split("\t", 3);
      results.add(new Result(Long.parseLong(parts[0]), parts[1], parts[2]));
    }
    return results;
  }

  /**
   * Prints a line per file.
   *
   * @param arguments format and files
   */
  public static void main(String[] arguments) {
    ImageFormat format = ImageFormats.byName(arguments[0]).orElseThrow();
    for (int i = 1; i < arguments.length; i++) {
      long start = System.nanoTime();
      String outcome;
      try (ImageInput input = LocalImageInput.open(Path.of(arguments[i]))) {
        walk(format, input);
        outcome = "opened\t";
      } catch (IOException failure) {
        outcome = failure.getClass().getSimpleName() + "\t" + failure.getMessage();
      }
      System.out.println((System.nanoTime() - start) / 1_000_000 + "\t" + outcome);
    }
  }

  private static void walk(ImageFormat format, ImageInput input) throws IOException {
    try (DiskImage image = format.open(input, OpenOptions.of(Purpose.READ))) {
      image.snapshots();
      image.allocation(new IoCounters());
    }
  }
}
