package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.GuestWrites;
import io.diskimage.format.oracle.ImageRecipe;
import io.diskimage.format.oracle.ImageRecipe.Killed;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The images that checks are tried on: recipes of small images with a past, of which each gives
 * some damaged ones. {@code -Ddiskimage.seed=N} repeats a list, {@code -Ddiskimage.damaged=N} sets
 * how many images it has, {@code -Ddiskimage.damaged.only=NAME} keeps one.
 */
public final class DamagedImages {
  /** Damaged images of one base image. */
  public static final int PER_BASE = 6;

  /** The kinds of qcow2 images return after so many base images. */
  static final int KINDS_RETURN = 20;

  private static final int IMAGES = Integer.getInteger("diskimage.damaged", 1080);
  private static final long MIB = 1 << 20;

  private DamagedImages() {}

  /** Recipes of the images to be damaged: six tenths qcow2, two tenths each of the others. */
  public static List<ImageRecipe> bases(long seed) {
    List<ImageRecipe> recipes = new ArrayList<>();
    int bases = Math.max(10, IMAGES / PER_BASE);
    for (int i = 0; i < bases; i++) {
      int kind = i % 10;
      String format = kind < 6 ? "qcow2" : kind < 8 ? "parallels" : "vdi";
      String name = format + "-" + i;
      Random random = new Random(seed * 1_000_003 + name.hashCode());
      recipes.add(
          switch (format) {
            case "qcow2" -> qcow2(name, seed, random, i / 10 * 6 + kind);
            case "parallels" -> parallels(name, seed, random);
            default -> vdi(name, seed, random);
          });
    }
    String only = System.getProperty("diskimage.damaged.only");
    return recipes.stream()
        .filter(recipe -> only == null || only.startsWith(recipe.name() + "."))
        .toList();
  }

  /** Whether a list is long enough for everything to occur in it. */
  static boolean areAll() {
    return IMAGES >= 1000 && System.getProperty("diskimage.damaged.only") == null;
  }

  /** The damaged images of a base image that are asked for. */
  public static List<DamagedImage> of(BaseImage base) {
    String only = System.getProperty("diskimage.damaged.only");
    return base.damaged(PER_BASE).stream()
        .filter(image -> only == null || image.name().equals(only))
        .toList();
  }

  private static ImageRecipe qcow2(String name, long seed, Random random, int number) {
    return new Qcow2Recipe(name, seed, random).recipe(number);
  }

  private static ImageRecipe parallels(String name, long seed, Random random) {
    String cluster =
        List.of("512", "1536", "4k", "32256", "64k", "96k", "1M").get(random.nextInt(7));
    long clusterSize = Qcow2Recipe.bytes(cluster);
    long size = 512 * (1 + random.nextLong(Math.min(8 * MIB, 300 * clusterSize) / 512));
    return new ImageRecipe(
        name,
        seed,
        "parallels",
        "cluster_size=" + cluster,
        size,
        null,
        singleFile(random, size, clusterSize));
  }

  private static ImageRecipe vdi(String name, long seed, Random random) {
    boolean fixed = random.nextInt(5) == 0;
    long size = 1 + random.nextLong((fixed ? 8 : 64) * MIB);
    return new ImageRecipe(
        name,
        seed,
        "vdi",
        "static=" + (fixed ? "on" : "off"),
        size,
        null,
        singleFile(random, size, MIB));
  }

  private static List<Step> singleFile(Random random, long size, long clusterSize) {
    GuestWrites writes =
        new GuestWrites(random, clusterSize, Math.max(clusterSize, 64 << 10), false);
    List<Step> steps = new ArrayList<>(writes.steps(random.nextInt(8), size));
    if (random.nextInt(6) == 0 && size >= 512) {
      steps.add(new Killed(List.of("write -q 0 512", "flush")));
    }
    return steps;
  }
}
