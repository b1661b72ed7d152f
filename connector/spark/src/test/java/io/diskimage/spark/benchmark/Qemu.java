package io.diskimage.spark.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Runs qemu's programs and takes their time, start of the process included. */
final class Qemu {
  private Qemu() {}

  /**
   * Seconds that reading a whole image takes by {@code qemu-img convert} with its defaults, to
   * nowhere.
   */
  static double readAll(String format, Path image, long size)
      throws IOException, InterruptedException {
    return run(
        "qemu-img",
        "convert",
        "-n",
        "-f",
        format,
        image.toString(),
        "--target-image-opts",
        "driver=null-co,size=" + size);
  }

  /**
   * The same with 16 parallel coroutines that may write out of order, and room for every L2 table.
   */
  static double readAllTuned(String format, Path image, long size)
      throws IOException, InterruptedException {
    String cache = format.equals("qcow2") ? ",l2-cache-size=64M,l2-cache-entry-size=65536" : "";
    return run(
        "qemu-img",
        "convert",
        "-n",
        "-m",
        "16",
        "-W",
        "--image-opts",
        "driver=" + format + ",file.driver=file,file.filename=" + image + cache,
        "--target-image-opts",
        "driver=null-co,size=" + size);
  }

  /** Checks each file of a directory, two at a time, whatever qemu-img thinks of it. */
  static double checkEach(Path directory) throws IOException, InterruptedException {
    return run(
        "sh",
        "-c",
        "find \"$0\" -type f -print0"
            + " | xargs -0 -P2 -n1 qemu-img check --output=json >/dev/null 2>&1; true",
        directory.toString());
  }

  static double run(String... command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return (System.nanoTime() - start) / 1e9;
  }
}
