package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Commands;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/**
 * Random requests of a guest as commands of {@code qemu-io}. Half of them keep to clusters, for
 * whole entries to change; the others end inside of clusters.
 */
public final class GuestWrites {
  private static final int SECTOR = 512;

  private final Random random;
  private final long cluster;
  private final long subcluster;
  private final long longest;
  private final boolean compresses;

  /** Clusters that have an entry: a compressed write is refused there. */
  private final BitSet touched = new BitSet();

  /**
   * Requests for one image.
   *
   * @param cluster bytes
   * @param longest request in bytes, at least a sector
   * @param compresses whether the format takes compressed writes
   */
  public GuestWrites(Random random, long cluster, long longest, boolean compresses) {
    this(random, cluster, cluster, longest, compresses);
  }

  /**
   * As above, of an image whose clusters have parts.
   *
   * @param subcluster bytes: what some of the requests keep to
   */
  GuestWrites(Random random, long cluster, long subcluster, long longest, boolean compresses) {
    this.random = random;
    this.cluster = cluster;
    this.subcluster = subcluster;
    this.longest = longest;
    this.compresses = compresses;
  }

  /**
   * Some requests within the whole sectors of a disk: compressed ones first, in a process of their
   * own, because QEMU 7.2 goes on filling the last compressed cluster after a later request has
   * freed it.
   */
  public List<Step> steps(int count, long diskSize) {
    long size = diskSize / SECTOR * SECTOR;
    List<String> compressed = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (int i = 0; i < count && size > 0; i++) {
      String command = compresses && random.nextInt(4) == 0 ? compressed(size) : null;
      if (command != null) {
        compressed.add(command);
      } else {
        others.add(request(size));
      }
    }
    List<Step> steps = new ArrayList<>();
    for (List<String> commands : List.of(compressed, others)) {
      if (!commands.isEmpty()) {
        steps.add(new Commands(commands));
      }
    }
    return steps;
  }

  /**
   * The disk ends elsewhere from now on: over a backing file QEMU writes zeros behind its old end.
   */
  void resize(long oldSize) {
    if (oldSize % cluster != 0) {
      touch(oldSize, oldSize + 1);
    }
  }

  private String request(long size) {
    long unit = random.nextBoolean() ? cluster : subcluster;
    long from = random.nextBoolean() ? down(position(size), unit) : position(size);
    long to = Math.min(size, from + length(random.nextBoolean() ? unit : SECTOR));
    touch(from, to);
    String range = from + " " + (to - from);
    return switch (random.nextInt(8)) {
      case 0, 1 -> "write -q -s " + ImageRecipe.NOISE + " " + range;
      case 2 -> "write -q -z " + range;
      case 3 -> "write -q -z -u " + range;
      case 4 -> "discard -q " + range;
      default -> "write -q -P " + (1 + random.nextInt(255)) + " " + range;
    };
  }

  /** Null when no cluster without an entry was met, or the last one is cut by the disk's end. */
  private String compressed(long size) {
    for (int attempt = 0; attempt < 8; attempt++) {
      long from = down(position(size), cluster);
      if (from + cluster <= size && !touched.get(Math.toIntExact(from / cluster))) {
        touch(from, from + cluster);
        String source =
            random.nextBoolean() ? "-s " + ImageRecipe.NOISE : "-P " + (1 + random.nextInt(255));
        return "write -q -c " + source + " " + from + " " + cluster;
      }
    }
    return null;
  }

  private void touch(long from, long to) {
    touched.set(Math.toIntExact(from / cluster), Math.toIntExact((to - 1) / cluster) + 1);
  }

  /** A sector; now and then near the end, and else rather near other ones than all over. */
  private long position(long size) {
    long window = Math.min(size, 24 * cluster);
    long at =
        switch (random.nextInt(6)) {
          case 0 -> size - 1 - random.nextLong(Math.min(size, 2 * cluster));
          case 1 -> random.nextLong(size);
          default -> size / 3 + random.nextLong(Math.min(window, size - size / 3));
        };
    return down(at, SECTOR);
  }

  private long length(long unit) {
    long most = Math.max(1, longest / unit);
    return unit * (1 + random.nextLong(most));
  }

  private static long down(long value, long unit) {
    return value / unit * unit;
  }
}
