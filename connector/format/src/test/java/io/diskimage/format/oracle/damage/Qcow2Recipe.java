package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.GuestWrites;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.ImageRecipe.Bitmap;
import io.diskimage.format.oracle.ImageRecipe.Killed;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws a small qcow2 image: what it is created with, and what happens to it then. */
final class Qcow2Recipe {
  private static final List<String> CLUSTERS =
      List.of("512", "1k", "4k", "4k", "8k", "32k", "64k", "64k", "256k", "2M");
  private static final List<String> LARGE_CLUSTERS = List.of("16k", "32k", "64k", "256k");

  private final String name;
  private final long seed;
  private final Random random;
  private final List<String> options = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private int snapshots;
  private boolean compresses = true;
  private boolean bitmaps;
  private boolean killed;

  Qcow2Recipe(String name, long seed, Random random) {
    this.name = name;
    this.seed = seed;
    this.random = random;
  }

  /**
   * The recipe.
   *
   * @param number decides the kind of image, so that every kind occurs in any list
   */
  ImageRecipe recipe(int number) {
    String cluster = any(CLUSTERS);
    snapshots = random.nextInt(3);
    bitmaps = random.nextInt(4) == 0;
    killed = random.nextInt(5) == 0;
    switch (number % 12) {
      case 0, 1, 2 -> {
        options.add("compat=v2");
        bitmaps = false;
      }
      case 3, 4 -> {
        cluster = any(LARGE_CLUSTERS);
        options.add("extended_l2=on");
      }
      case 5 -> {
        options.add("data_file=" + ImageRecipe.DIRECTORY + "/" + name + ".data");
        options.add("data_file_raw=" + (random.nextBoolean() ? "on" : "off"));
        snapshots = 0;
        compresses = false;
      }
      case 6 -> options.add("compression_type=zstd");
      case 7, 8 -> {
        int order = number % 2 == 0 ? 3 + random.nextInt(4) : random.nextInt(3);
        options.add("refcount_bits=" + (1 << order));
        // Narrow counts leave no room for the references of snapshots and of shared clusters.
        snapshots = order < 3 ? 0 : snapshots;
        compresses = order >= 3;
      }
      case 9 -> {
        options.add("lazy_refcounts=on");
        killed = true;
      }
      case 10 -> {
        // Only one of LUKS: it takes seconds to create.
        options.add("encrypt.key-secret=key");
        options.add(
            number == 10 ? "encrypt.format=luks,encrypt.iter-time=10" : "encrypt.format=aes");
        cluster = number == 10 ? "4k" : cluster;
        compresses = false;
        bitmaps = false;
      }
      default -> {
        options.add("preallocation=metadata");
        compresses = false;
      }
    }
    options.add("cluster_size=" + cluster);
    long clusterSize = bytes(cluster);
    long size = size(clusterSize);
    history(clusterSize, size);
    return new ImageRecipe(name, seed, "qcow2", String.join(",", options), size, null, steps);
  }

  private void history(long clusterSize, long size) {
    GuestWrites writes =
        new GuestWrites(random, clusterSize, Math.max(clusterSize, 64 << 10), compresses);
    int most = clusterSize > 256 << 10 ? 3 : 8;
    for (int i = 1; i <= snapshots; i++) {
      steps.addAll(writes.steps(1 + random.nextInt(most), size));
      steps.add(new Snapshot("state " + i));
    }
    if (bitmaps) {
      steps.add(new Bitmap("first", 512L << random.nextInt(8)));
      if (random.nextBoolean()) {
        steps.add(new Bitmap("second", 64 << 10));
      }
    }
    steps.addAll(writes.steps(1 + random.nextInt(most), size));
    if (killed) {
      long at = random.nextLong(size) / 512 * 512;
      long length = Math.min(size / 512 * 512 - at, clusterSize);
      if (length > 0) {
        steps.add(new Killed(List.of("write -q " + at + " " + length, "flush")));
      }
    }
  }

  /** At most some hundred clusters and 64 MiB. */
  private long size(long clusterSize) {
    long most = Math.min(64 << 20, 400 * clusterSize);
    long size = 1 + random.nextLong(most);
    return random.nextBoolean() ? size : up(size, clusterSize);
  }

  private static long up(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }

  static long bytes(String size) {
    long number = Long.parseLong(size.replaceAll("\\D", ""));
    return size.endsWith("k") ? number << 10 : size.endsWith("M") ? number << 20 : number;
  }

  private String any(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
