package io.diskimage.spark.read;

import io.diskimage.format.ExtentKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A disk as a list of runs, written to a file as text that {@link ModelFormat} reads. Stored bytes
 * lie in the file where the runs say; a "compressed" cluster is its bytes inverted.
 */
final class ModelDisk {
  static final String MAGIC = "MODEL DISK\n";
  static final int HEADER_BYTES = 64 << 10;
  static final int SECTOR = 512;

  /** First byte of a compressed cluster that does not decode. */
  static final byte DAMAGED = (byte) 0xBA;

  final int cluster;
  final long size;
  final List<Run> runs;
  private final String name;
  private final boolean refused;

  /**
   * A run.
   *
   * @param kind null for an entry that cannot be followed
   * @param host -1 for none; of the stream, for a compressed run, which is a part of one cluster
   */
  record Run(long offset, long length, ExtentKind kind, long host) {}

  ModelDisk(int cluster, long size, List<Run> runs) {
    this("", cluster, size, runs, false);
  }

  private ModelDisk(String name, int cluster, long size, List<Run> runs, boolean refused) {
    this.name = name;
    this.cluster = cluster;
    this.size = size;
    this.runs = List.copyOf(runs);
    this.refused = refused;
  }

  /** This disk as a file that is recognised and cannot be opened. */
  ModelDisk refusing() {
    return new ModelDisk(name, cluster, size, runs, true);
  }

  /** This disk with one internal snapshot of its present state, taken at second 1000. */
  ModelDisk withSnapshot(String snapshot) {
    return new ModelDisk(snapshot, cluster, size, runs, refused);
  }

  String snapshot() {
    return name;
  }

  boolean refused() {
    return refused;
  }

  /** A disk of random runs of whole clusters; runs of one kind may be split anywhere. */
  static ModelDisk random(Random random, int cluster, int clusters, boolean failures) {
    List<Run> runs = new ArrayList<>();
    long size = (long) clusters * cluster - (long) SECTOR * random.nextInt(cluster / SECTOR);
    long host = HEADER_BYTES;
    long offset = 0;
    while (offset < size) {
      ExtentKind[] kinds = ExtentKind.values();
      int choice = random.nextInt(kinds.length + (failures ? 1 : 0));
      ExtentKind kind = choice == kinds.length ? null : kinds[choice];
      int count = kind == ExtentKind.COMPRESSED ? 1 : 1 + random.nextInt(5);
      long length = Math.min((long) count * cluster, size - offset);
      boolean stored = kind == ExtentKind.DATA || kind == ExtentKind.COMPRESSED;
      boolean reserved = kind == ExtentKind.ZERO && random.nextBoolean();
      if (random.nextInt(3) == 0) {
        host += cluster;
      }
      long at = stored || reserved ? host : -1;
      if (at >= 0) {
        host += (long) count * cluster;
      }
      long cut =
          kind == null ? length : (long) SECTOR * (1 + random.nextInt((int) (length / SECTOR)));
      runs.add(new Run(offset, cut, kind, at));
      if (cut < length) {
        long next = kind == ExtentKind.COMPRESSED || at < 0 ? at : at + cut;
        runs.add(new Run(offset + cut, length - cut, kind, next));
      }
      offset += length;
    }
    return new ModelDisk(cluster, size, runs);
  }

  /** Writes the disk; byte i of the file behind the header is a function of i. */
  Path write(Path file) throws IOException {
    StringBuilder text = new StringBuilder(MAGIC);
    text.append(cluster).append(' ').append(size).append(' ').append(refused);
    text.append(' ').append(name.isEmpty() ? "-" : name).append('\n');
    long end = HEADER_BYTES;
    for (Run run : runs) {
      text.append(run.offset).append(' ').append(run.length).append(' ');
      text.append(run.kind == null ? "FAIL" : run.kind.name()).append(' ').append(run.host);
      text.append('\n');
      if (run.host >= 0) {
        end = Math.max(end, run.host + Math.max(run.length, cluster));
      }
    }
    byte[] header = text.toString().getBytes(StandardCharsets.UTF_8);
    byte[] bytes = Arrays.copyOf(header, (int) end);
    for (int i = HEADER_BYTES; i < bytes.length; i++) {
      bytes[i] = hostByte(i);
    }
    return Files.write(file, bytes);
  }

  static ModelDisk parse(String text) {
    List<String> lines = text.lines().toList();
    String[] first = lines.get(1).split(" ", -1);
    List<Run> runs = new ArrayList<>();
    for (String line : lines.subList(2, lines.size())) {
      String[] words = line.split(" ", -1);
      runs.add(
          new Run(
              Long.parseLong(words[0]),
              Long.parseLong(words[1]),
              words[2].equals("FAIL") ? null : ExtentKind.valueOf(words[2]),
              Long.parseLong(words[3])));
    }
    return new ModelDisk(
        first[3].equals("-") ? "" : first[3],
        Integer.parseInt(first[0]),
        Long.parseLong(first[1]),
        runs,
        Boolean.parseBoolean(first[2]));
  }

  private static byte hostByte(long position) {
    byte value = (byte) ((position >>> 9) * 31 + position % 509);
    return value == DAMAGED ? 1 : value;
  }

  /** The run at a guest offset. */
  Run at(long offset) {
    return runs.stream()
        .filter(run -> offset >= run.offset && offset < run.offset + run.length)
        .findFirst()
        .orElseThrow();
  }

  /** The guest byte at an offset; zero where nothing is stored. */
  byte guestByte(long offset) {
    Run run = at(offset);
    if (run.kind == ExtentKind.DATA) {
      return hostByte(run.host + offset - run.offset);
    }
    return run.kind == ExtentKind.COMPRESSED ? (byte) ~hostByte(run.host + offset % cluster) : 0;
  }
}
