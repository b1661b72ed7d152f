package io.diskimage.format.oracle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * How one image of the matrix is made; the same recipe always gives the same guest content.
 *
 * @param name unique in the matrix; also the file's name without its ending
 * @param seed of the whole matrix, which with the name is enough to make this image again
 * @param format driver name
 * @param options of {@code qemu-img create -o}, or empty
 * @param size of the new disk in bytes
 * @param base what lies below the image, or null
 * @param steps what happens to the image after its creation, in order
 */
public record ImageRecipe(
    String name, long seed, String format, String options, long size, Base base, List<Step> steps) {

  /** In a command, stands for a file of {@value #NOISE_BYTES} bytes that compress by a quarter. */
  static final String NOISE = "{noise}";

  /** In options, stands for the directory of the image. */
  public static final String DIRECTORY = "{directory}";

  private static final int NOISE_BYTES = 1 << 20;

  public ImageRecipe {
    steps = List.copyOf(steps);
  }

  /**
   * A backing file.
   *
   * @param format driver name, which the image above records
   * @param options of {@code qemu-img create -o}, or empty
   * @param size of its disk in bytes, which some formats round
   * @param base what lies below it in turn, or null
   * @param steps what happens to it after its creation, in order
   */
  public record Base(String format, String options, long size, Base base, List<Step> steps) {

    /** A backing file of format qcow2 with nothing below. */
    public Base(long size, List<Step> steps) {
      this("qcow2", "", size, null, steps);
    }
  }

  /** One thing that happens to an image. */
  public sealed interface Step {}

  /** Commands for {@code qemu-io}, run by one process. */
  public record Commands(List<String> commands) implements Step {}

  /** An internal snapshot is taken. */
  public record Snapshot(String name) implements Step {}

  /** The disk becomes larger or smaller. */
  public record Resize(long size) implements Step {}

  /** As {@link Commands}, by a process that is killed before it closes the image. */
  public record Killed(List<String> commands) implements Step {}

  /** A persistent bitmap is added. */
  public record Bitmap(String name, long granularity) implements Step {}

  /** The image is replaced by its compressed copy. */
  public record CompressedCopy() implements Step {}

  /** Names of the snapshots the image has, in their order. */
  public List<String> snapshots() {
    return steps.stream()
        .filter(Snapshot.class::isInstance)
        .map(step -> ((Snapshot) step).name())
        .toList();
  }

  /** Names of the bitmaps the image has, in their order. */
  public List<String> bitmaps() {
    return steps.stream()
        .filter(Bitmap.class::isInstance)
        .map(step -> ((Bitmap) step).name())
        .toList();
  }

  /** File name of the image. */
  public String fileName() {
    return name + "." + ending(format);
  }

  private static String ending(String format) {
    return switch (format) {
      case "parallels" -> "hds";
      case "vpc" -> "vhd";
      case "raw" -> "img";
      default -> format;
    };
  }

  /**
   * Makes the image, and the files below it beside it.
   *
   * @param directory exists; files of other recipes may lie in it
   */
  public Path build(Path directory) {
    Path image = directory.resolve(fileName());
    Path noise = directory.resolve(name + ".noise");
    try {
      Files.write(noise, noise());
      create(image, format, options, size, base, steps, noise, 1);
      Files.delete(noise);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return image;
  }

  /** Makes the file of a layer, and before it those below. */
  private void create(
      Path file,
      String itsFormat,
      String itsOptions,
      long itsSize,
      Base below,
      List<Step> itsSteps,
      Path noise,
      int level)
      throws IOException {
    String allOptions = itsOptions.replace(DIRECTORY, file.getParent().toString());
    if (below != null) {
      String number = level == 1 ? "" : Integer.toString(level);
      Path base = file.resolveSibling(name + "-base" + number + "." + ending(below.format()));
      create(
          base,
          below.format(),
          below.options(),
          below.size(),
          below.base(),
          below.steps(),
          noise,
          level + 1);
      allOptions += allOptions.isEmpty() ? "" : ",";
      allOptions += "backing_fmt=" + below.format() + ",backing_file=" + base.getFileName();
    }
    QemuImg.create(itsFormat, allOptions, file, Long.toString(itsSize));
    for (Step step : itsSteps) {
      apply(step, itsFormat, file, noise);
    }
  }

  /** Whether the image can be read only with a key. */
  public boolean encrypted() {
    return options.contains("encrypt.format");
  }

  /** Arguments that name the image to {@code qemu-img} and {@code qemu-io}. */
  public List<String> arguments(Path image) {
    return arguments(format, image);
  }

  private List<String> arguments(String itsFormat, Path image) {
    return encrypted() ? QemuImg.encryptedImage(image) : QemuImg.image(itsFormat, image);
  }

  private void apply(Step step, String format, Path image, Path noise) throws IOException {
    if (step instanceof Commands commands) {
      QemuImg.io(arguments(format, image), withNoise(commands.commands(), noise));
    } else if (step instanceof Killed killed) {
      QemuImg.ioKilled(arguments(format, image), withNoise(killed.commands(), noise));
    } else if (step instanceof Bitmap bitmap) {
      String granularity = Long.toString(bitmap.granularity());
      QemuImg.run(
          "bitmap", "--add", "-g", granularity, "-f", format, image.toString(), bitmap.name());
    } else if (step instanceof Snapshot snapshot) {
      List<String> command = new ArrayList<>(List.of("snapshot", "-c", snapshot.name()));
      command.addAll(encrypted() ? QemuImg.encryptedImage(image) : List.of(image.toString()));
      QemuImg.run(command.toArray(String[]::new));
    } else if (step instanceof Resize resize) {
      QemuImg.run(
          "resize", "-q", "-f", format, "--shrink", image.toString(), Long.toString(resize.size()));
    } else {
      Path copy = image.resolveSibling(name + ".copy");
      List<String> command =
          new ArrayList<>(List.of("convert", "-c", "-f", format, "-O", format, "-o", options));
      command.addAll(List.of(image.toString(), copy.toString()));
      QemuImg.run(command.toArray(String[]::new));
      Files.move(copy, image, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static List<String> withNoise(List<String> commands, Path noise) {
    return commands.stream().map(command -> command.replace(NOISE, noise.toString())).toList();
  }

  /**
   * Six random bits in each byte: streams of about three quarters of the length, at odd offsets.
   */
  private byte[] noise() {
    byte[] bytes = new byte[NOISE_BYTES];
    new Random(seed ^ name.hashCode()).nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] &= 0x3f;
    }
    return bytes;
  }

  /** The recipe, and how to run it alone. */
  @Override
  public String toString() {
    return String.format(
        "%s: -Ddiskimage.seed=%d -Ddiskimage.matrix.only=%s%n  %s -o '%s' %d%s %s",
        name, seed, name, format, options, size, base == null ? "" : " on " + base, steps);
  }
}
