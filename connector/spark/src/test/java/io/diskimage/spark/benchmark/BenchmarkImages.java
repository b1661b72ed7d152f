package io.diskimage.spark.benchmark;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** The images that are measured: made once, by qemu-img if not raw, then kept in a directory. */
final class BenchmarkImages {
  private static final long SEED = 20_240_229;

  private final Path directory;
  private final long bytes;

  BenchmarkImages(Path directory, long bytes) {
    this.directory = directory;
    this.bytes = bytes;
  }

  /** An uncompressed image whose disk is stored whole. */
  Path full(String format) throws IOException, InterruptedException {
    Path image = directory.resolve("full-" + bytes + "." + format);
    if (!Files.exists(image)) {
      make(image, "convert", "-f", "raw", "-O", format, content().toString());
    }
    return image;
  }

  /** A 4 TiB qcow2 whose tables are all there and whose data is a hole. */
  Path metadata() throws IOException, InterruptedException {
    Path image = directory.resolve("metadata-4T.qcow2");
    if (!Files.exists(image)) {
      Path unfinished = Path.of(image + ".part");
      Qemu.run(
          "qemu-img",
          "create",
          "-q",
          "-f",
          "qcow2",
          "-o",
          "preallocation=metadata",
          unfinished.toString(),
          "4T");
      Files.move(unfinished, image);
    }
    return image;
  }

  private void make(Path image, String... command) throws IOException, InterruptedException {
    Path unfinished = Path.of(image + ".part");
    List<String> whole = new ArrayList<>(List.of("qemu-img"));
    whole.addAll(List.of(command));
    whole.add(unfinished.toString());
    Qemu.run(whole.toArray(String[]::new));
    Files.move(unfinished, image);
  }

  /** A raw file of incompressible bytes. */
  Path content() throws IOException {
    return raw("content", new Random(SEED)::nextBytes);
  }

  /** A raw file of {@link MixedBytes}. */
  Path mixed() throws IOException {
    return raw("mixed", new MixedBytes(SEED)::next);
  }

  private Path raw(String name, Consumer<byte[]> source) throws IOException {
    Path raw = directory.resolve(name + "-" + bytes + ".raw");
    if (!Files.exists(raw)) {
      Path unfinished = Path.of(raw + ".part");
      byte[] chunk = new byte[1 << 20];
      try (OutputStream out = Files.newOutputStream(unfinished)) {
        for (long done = 0; done < bytes; done += chunk.length) {
          source.accept(chunk);
          out.write(chunk, 0, (int) Math.min(chunk.length, bytes - done));
        }
      }
      Files.move(unfinished, raw);
    }
    return raw;
  }
}
