package io.diskimage.format.hostile;

import io.diskimage.format.oracle.damage.MutantSeeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs of Jazzer, each in a JVM of its own, since it instruments the classes it loads. The inputs
 * that a run starts from are made then and there: the small ones of {@link MutantSeeds}, and the
 * hostile ones.
 */
public final class Fuzzing {
  private static final int LONGEST_INPUT = 64 << 10;

  private Fuzzing() {}

  /**
   * Fuzzes drivers until something is found.
   *
   * @param arguments a driver or {@code all}, seconds for each driver, and a directory for inputs:
   *     those that reach new code stay in it for the next run
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createDirectories(Path.of(arguments[2]));
    List<String> drivers = arguments[0].equals("all") ? MutantSeeds.FORMATS : List.of(arguments[0]);
    for (String driver : drivers) {
      Path corpus = Files.createDirectories(directory.resolve(driver));
      seed(driver, corpus);
      Process process = command(driver, Long.parseLong(arguments[1]), corpus).inheritIO().start();
      int exit = process.waitFor();
      if (exit != 0) {
        System.exit(exit);
      }
    }
  }

  /** What a run of some seconds printed; fails if it found anything. */
  static String run(String driver, long seconds, Path corpus)
      throws IOException, InterruptedException {
    seed(driver, corpus);
    Process process = command(driver, seconds, corpus).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError("fuzzing " + driver + " found\n" + output);
    }
    return output;
  }

  private static ProcessBuilder command(String driver, long seconds, Path corpus) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-D" + FuzzTarget.DRIVER + "=" + driver));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + FuzzTarget.class.getName());
    command.add("--instrumentation_includes=io.diskimage.format.**");
    command.add("--reproducer_path=" + corpus.getParent());
    command.add("-artifact_prefix=" + corpus.getParent() + "/found-" + driver + "-");
    command.add("-max_total_time=" + seconds);
    command.add("-max_len=" + LONGEST_INPUT);
    command.add("-timeout=120");
    command.add("-rss_limit_mb=3000");
    command.add("-print_final_stats=1");
    command.add(corpus.toString());
    return new ProcessBuilder(command);
  }

  /** Unless there are inputs of an earlier run. */
  private static void seed(String driver, Path corpus) throws IOException {
    try (Stream<Path> there = Files.list(corpus)) {
      if (there.findAny().isPresent()) {
        return;
      }
    }
    Path directory = Files.createTempDirectory("seeds");
    MutantSeeds.write(driver, directory, corpus);
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    try (Stream<Path> images = Files.list(corpus)) {
      for (Path image : images.toList()) {
        if (Files.size(image) > LONGEST_INPUT) {
          Files.delete(image);
        }
      }
    }
    Files.write(corpus.resolve("small"), SmallImages.of(driver));
    for (HostileImage image : HostileImages.all()) {
      byte[] file = image.files().get(image.top());
      if (file.length <= LONGEST_INPUT && driver.equals(formatOf(image))) {
        Files.write(corpus.resolve(image.name()), file);
      }
    }
  }

  private static String formatOf(HostileImage image) {
    String top = image.top();
    return switch (top.substring(top.lastIndexOf('.') + 1)) {
      case "qcow2" -> "qcow2";
      case "vhd" -> "vpc";
      case "vdi" -> "vdi";
      case "hds" -> "parallels";
      default -> "parallels-bundle";
    };
  }
}
