package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Recipes that share a seed; each of them depends on the seed and on its own name alone. */
abstract class ImageFamily {
  static final long MIB = 1 << 20;

  private final long seed;
  private final List<ImageRecipe> recipes = new ArrayList<>();

  ImageFamily(long seed) {
    this.seed = seed;
  }

  final List<ImageRecipe> recipes() {
    return recipes;
  }

  final GuestWrites writes(Random random, long clusterSize, boolean compresses) {
    return new GuestWrites(
        random,
        clusterSize,
        Math.max(clusterSize, Math.min(256 << 10, 6 * clusterSize)),
        compresses);
  }

  static List<Step> history(
      Random random, GuestWrites writes, long size, int snapshots, boolean sameTwice) {
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i <= snapshots; i++) {
      steps.addAll(writes.steps(2 + random.nextInt(6), size));
      steps.add(new Snapshot("state " + i));
    }
    if (snapshots > 0 && sameTwice && random.nextInt(4) == 0) {
      steps.add(new Snapshot("unchanged"));
    }
    steps.addAll(writes.steps(4 + random.nextInt(10), size));
    return steps;
  }

  /** Some ten to a hundred clusters, at least half a MiB; often no multiple of the cluster. */
  static long oddSize(Random random, long clusterSize) {
    long most = Math.max(MIB / 2, Math.min(100, 8 * MIB / clusterSize + 4) * clusterSize);
    long size = 1 + random.nextLong(most);
    return switch (random.nextInt(4)) {
      case 0 -> (size + clusterSize - 1) / clusterSize * clusterSize;
      case 1 -> size;
      default -> (size + 511) / 512 * 512;
    };
  }

  static long bytes(String size) {
    long number = Long.parseLong(size.replaceAll("\\D", ""));
    return size.endsWith("k") ? number << 10 : size.endsWith("M") ? number << 20 : number;
  }

  final Random random(String name) {
    return new Random(seed * 1_000_003 + name.hashCode());
  }

  final void add(
      String name, String format, String options, long size, Base base, List<Step> steps) {
    recipes.add(new ImageRecipe(name, seed, format, options, size, base, steps));
  }
}
