package io.diskimage.format.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The programs {@code qemu-img}, {@code qemu-io} and {@code qemu-nbd}, by which the drivers are
 * judged.
 */
public final class QemuImg {
  /** What encrypted images are opened by. */
  public static final String PASSPHRASE = "swordfish";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final boolean AVAILABLE =
      starts("qemu-img") && starts("qemu-io") && starts("qemu-nbd");

  /** What encrypted images are encrypted with, as both programs take it. */
  private static final String SECRET = "secret,id=key,data=" + PASSPHRASE;

  private static final int KILLED = 128 + 9;
  private static final int CRYPT_METHOD_AT = 32;

  private QemuImg() {}

  /**
   * One run of {@code qemu-img map --output=json}.
   *
   * @param start first guest byte
   * @param length guest bytes
   * @param depth of the layer that decides the content
   * @param present this layer or one below it decides the content
   * @param zero reads as zero
   * @param data stored as data
   * @param offset in the host file, or null
   */
  public record MapRun(
      long start,
      long length,
      int depth,
      boolean present,
      boolean zero,
      boolean data,
      Long offset) {

    /**
     * Runs of an encrypted image as QEMU 7.2 prints them: its map does not tell compressed clusters
     * from others, and none of them has an offset.
     */
    public static List<MapRun> ofEncrypted(List<MapRun> runs) {
      List<MapRun> joined = new ArrayList<>();
      for (MapRun run : runs) {
        MapRun last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
        if (last != null && run.data() && run.equals(last.moved(run.start(), run.length()))) {
          joined.set(joined.size() - 1, last.moved(last.start(), last.length() + run.length()));
        } else {
          joined.add(run);
        }
      }
      return joined;
    }

    private MapRun moved(long newStart, long newLength) {
      return new MapRun(newStart, newLength, depth, present, zero, data, offset);
    }
  }

  /**
   * What a program printed.
   *
   * @param exitCode of the process
   * @param output of both streams
   */
  public record Outcome(int exitCode, String output) {}

  /**
   * One run of {@code qemu-img check --output=json}.
   *
   * @param exitCode 0 clean, 1 check errors or not checked, 2 corruptions, 3 leaks only, 63 a
   *     format without check
   * @param json what it printed, or null where the check did not come to its end
   * @param messages one line per problem, and why the check did not come to its end
   */
  public record Check(int exitCode, JsonNode json, String messages) {

    /** A counter as qemu-img names it ({@code image-end-offset}); 0 where it prints none. */
    public long counter(String name) {
      return json.has(name) ? json.get(name).longValue() : 0;
    }
  }

  /** Whether the programs can be run here. */
  public static boolean available() {
    return AVAILABLE;
  }

  /**
   * Skips the test where the programs are missing; fails it if {@code DISKIMAGE_REQUIRE_ORACLE=1}.
   */
  public static void requireOrSkip() {
    if (!AVAILABLE && "1".equals(System.getenv("DISKIMAGE_REQUIRE_ORACLE"))) {
      Assertions.fail(
          "DISKIMAGE_REQUIRE_ORACLE=1, but qemu-img, qemu-io or qemu-nbd cannot be run");
    }
    Assumptions.assumeTrue(
        AVAILABLE, "qemu-img, qemu-io or qemu-nbd cannot be run: nothing to compare with");
  }

  /**
   * Creates an image.
   *
   * @param options as after {@code -o}, or empty; an encrypted image gets {@link #PASSPHRASE}
   * @param size as {@code qemu-img} takes it: {@code 10M}, {@code 5000001}
   */
  public static void create(String format, String options, Path file, String size) {
    create(format, options, file, size, PASSPHRASE);
  }

  /**
   * As {@link #create(String, String, Path, String)}, by any passphrase without a comma.
   *
   * @param passphrase of an image with the option {@code encrypt.key-secret=key}
   */
  public static void create(
      String format, String options, Path file, String size, String passphrase) {
    retried(createCommand(format, options, file, size, passphrase));
  }

  /** What comes of {@link #create(String, String, Path, String)}. */
  public static Outcome created(String format, String options, Path file, String size) {
    return outcomeOfTries(qemuImg(createCommand(format, options, file, size, PASSPHRASE)));
  }

  private static String[] createCommand(
      String format, String options, Path file, String size, String passphrase) {
    List<String> command = new ArrayList<>(List.of("create", "-q", "-f", format));
    if (options.contains("encrypt.key-secret=key")) {
      command.addAll(List.of("--object", "secret,id=key,data=" + passphrase));
    }
    if (!options.isEmpty()) {
      command.addAll(List.of("-o", options));
    }
    command.addAll(List.of(file.toString(), size));
    return command.toArray(String[]::new);
  }

  /**
   * As {@link #run}, again and again where a key is made: then it measures how long deriving one
   * takes, and now and then fails to.
   */
  public static void retried(String... arguments) {
    List<String> command = qemuImg(arguments);
    requireSuccess(command, outcomeOfTries(command));
  }

  private static Outcome outcomeOfTries(List<String> command) {
    Outcome outcome = start(command);
    for (int i = 1; i < 100 && outcome.output().contains("Unable to get accurate CPU usage"); i++) {
      outcome = start(command);
    }
    return outcome;
  }

  private static List<String> qemuImg(String... arguments) {
    List<String> command = new ArrayList<>(List.of("qemu-img"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Arguments that name an image to either program. */
  public static List<String> image(String format, Path file) {
    return List.of("-f", format, file.toString());
  }

  /** As {@link #image}, of an image created with {@code encrypt.key-secret=key}. */
  public static List<String> encryptedImage(Path file) {
    String options = "driver=qcow2,encrypt.key-secret=key,file.driver=file,file.filename=" + file;
    return List.of("--object", SECRET, "--image-opts", options);
  }

  /** Runs {@code qemu-io} commands such as {@code write -P 7 0 64k} on an image. */
  public static void io(String format, Path file, List<String> commands) {
    io(image(format, file), commands);
  }

  /** As {@link #io(String, Path, List)}, of an image named by its arguments. */
  public static void io(List<String> image, List<String> commands) {
    List<String> command = ioCommand(image, commands);
    String output = succeed(command);
    // qemu-io reports some failed requests in its output only.
    if (output.contains("failed:")) {
      throw new AssertionError(command + " printed\n" + output);
    }
  }

  /** Runs {@code qemu-io} commands on an image and returns what came of them. */
  public static Outcome ioOutcome(List<String> image, List<String> commands) {
    return start(ioCommand(image, commands));
  }

  /** As {@link #io(List, List)}; then the process dies without closing the image. */
  public static void ioKilled(List<String> image, List<String> commands) {
    List<String> all = new ArrayList<>(commands);
    all.add("sigraise 9");
    List<String> command = ioCommand(image, all);
    Outcome outcome = start(command);
    if (outcome.exitCode() != KILLED) {
      throw new AssertionError(command + " was not killed\n" + outcome.output());
    }
  }

  private static List<String> ioCommand(List<String> image, List<String> commands) {
    List<String> command = new ArrayList<>(List.of("qemu-io", "-t", "unsafe", "-d", "unmap"));
    for (String each : commands) {
      command.addAll(List.of("-c", each));
    }
    command.addAll(image);
    return command;
  }

  /** Runs {@code qemu-img} with any arguments; a failure fails the test. */
  public static String run(String... arguments) {
    return succeed(qemuImg(arguments));
  }

  /** Runs {@code qemu-img} with any arguments and returns what came of it. */
  public static Outcome outcome(String... arguments) {
    return start(qemuImg(arguments));
  }

  /** Writes the guest's content to {@code target}. */
  public static void convertToRaw(String format, Path file, Path target) {
    run("convert", "-f", format, "-O", "raw", file.toString(), target.toString());
  }

  /** As {@link #convertToRaw}, with zeros for whatever lies in a backing file. */
  public static void convertTopToRaw(String format, Path file, Path target) {
    run(
        "convert",
        "--object",
        SECRET,
        "-O",
        "raw",
        withoutBacking(format, file),
        target.toString());
  }

  /**
   * The map of an image, taken of a copy without holes: holes of the host file are a matter of the
   * file system, not of the image. The one run of no bytes that an empty disk gives is left out.
   */
  public static List<MapRun> map(String format, Path file) {
    return mapOfDenseCopy(file, dense -> List.of("-f", format, dense.toString()));
  }

  /** As {@link #map}, of this file alone: what lies in a backing file is not present. */
  public static List<MapRun> mapTop(String format, Path file) {
    return mapOfDenseCopy(file, dense -> List.of(withoutBacking(format, dense)));
  }

  private static String withoutBacking(String format, Path file) {
    ObjectNode node = JSON.createObjectNode().put("driver", format);
    if (format.equals("qcow2")) {
      node.putNull("backing");
    }
    if (isEncrypted(format, file)) {
      node.put("encrypt.key-secret", "key");
    }
    node.putObject("file").put("driver", "file").put("filename", file.toString());
    return "json:" + node;
  }

  /** Arguments that name an image to either program, which is encrypted or not. */
  public static List<String> anyImage(String format, Path file) {
    return isEncrypted(format, file) ? encryptedImage(file) : image(format, file);
  }

  /** Whether an image can be read only with a key (qcow2.md section 1.1, crypt_method). */
  private static boolean isEncrypted(String format, Path file) {
    if (!format.equals("qcow2")) {
      return false;
    }
    try (RandomAccessFile header = new RandomAccessFile(file.toFile(), "r")) {
      header.seek(CRYPT_METHOD_AT);
      return header.readInt() != 0;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<MapRun> mapOfDenseCopy(Path file, Function<Path, List<String>> image) {
    Path dense = file.resolveSibling(file.getFileName() + ".dense");
    try {
      succeed(List.of("cp", "--sparse=never", file.toString(), dense.toString()));
      List<String> arguments = new ArrayList<>(List.of("map", "--output=json", "--object", SECRET));
      arguments.addAll(image.apply(dense));
      JsonNode runs = parse(run(arguments.toArray(String[]::new)));
      List<MapRun> result = new ArrayList<>();
      for (JsonNode run : runs) {
        if (run.get("length").longValue() == 0) {
          // The run that it prints of a disk of size 0.
          continue;
        }
        result.add(
            new MapRun(
                run.get("start").longValue(),
                run.get("length").longValue(),
                run.get("depth").intValue(),
                run.get("present").booleanValue(),
                run.get("zero").booleanValue(),
                run.get("data").booleanValue(),
                run.has("offset") ? run.get("offset").longValue() : null));
      }
      return result;
    } finally {
      delete(dense);
    }
  }

  /** One run of a dirty bitmap. */
  public record DirtyRun(long start, long length, boolean dirty) {}

  /**
   * The runs of a persistent bitmap, as {@code qemu-nbd} exports them.
   *
   * @param file an image of which no other process writes
   */
  public static List<DirtyRun> dirtyRuns(String format, Path file, String bitmap) {
    // A server that ends removes its socket, maybe when the next one already listens.
    Path socket = file.resolveSibling(bitmap + ".nbd");
    // It goes to the background once it listens, and ends with its first client.
    List<String> server =
        List.of(
            "qemu-nbd",
            "--fork",
            "--read-only",
            "--format=" + format,
            "--bitmap=" + bitmap,
            "--socket=" + socket,
            file.toString());
    try {
      Process process =
          new ProcessBuilder(server)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor() != 0) {
        throw new AssertionError(server + " ended with " + process.exitValue());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
    String options =
        "driver=nbd,server.type=unix,server.path="
            + socket
            + ",x-dirty-bitmap=qemu:dirty-bitmap:"
            + bitmap;
    List<DirtyRun> runs = new ArrayList<>();
    for (JsonNode run : parse(run("map", "--output=json", "--image-opts", options))) {
      // What is dirty is shown as not stored.
      boolean dirty = !run.get("data").booleanValue();
      runs.add(new DirtyRun(run.get("start").longValue(), run.get("length").longValue(), dirty));
    }
    return runs;
  }

  /** Fills the holes of a file, which a map would show where an image lies in several files. */
  public static void makeDense(Path file) {
    Path dense = file.resolveSibling(file.getFileName() + ".dense");
    succeed(List.of("cp", "--sparse=never", file.toString(), dense.toString()));
    try {
      Files.move(dense, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Makes the active disk what it was at a snapshot. */
  public static void applySnapshot(String format, Path file, String snapshot) {
    List<String> command = new ArrayList<>(List.of("snapshot", "-a", snapshot));
    command.addAll(isEncrypted(format, file) ? encryptedImage(file) : List.of(file.toString()));
    run(command.toArray(String[]::new));
  }

  /** What {@code qemu-img info --output=json} says. */
  public static JsonNode info(String format, Path file) {
    return parse(run("info", "-f", format, "--output=json", file.toString()));
  }

  /** What {@code qemu-img check} says; it repairs nothing. */
  public static Check check(Path file, String format) {
    return check(image(format, file));
  }

  /** As {@link #check(Path, String)}, of an image named by its arguments. */
  public static Check check(List<String> image) {
    List<String> command = new ArrayList<>(List.of("qemu-img", "check", "--output=json"));
    command.addAll(image);
    try {
      Process process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      // The result is printed last and fits into a pipe, so that nobody waits for the other.
      String messages = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      String result = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Check(process.waitFor(), result.isBlank() ? null : parse(result), messages);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException notJson) {
      throw new UncheckedIOException(text, notJson);
    }
  }

  private static void requireSuccess(List<String> command, Outcome outcome) {
    if (outcome.exitCode() != 0) {
      throw new AssertionError(
          command + " ended with " + outcome.exitCode() + "\n" + outcome.output());
    }
  }

  private static String succeed(List<String> command) {
    Outcome outcome = start(command);
    requireSuccess(command, outcome);
    return outcome.output();
  }

  private static Outcome start(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(process.waitFor(), output);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private static boolean starts(String program) {
    try {
      Process process = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException notInstalled) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
