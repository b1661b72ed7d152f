package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.Commands;
import io.diskimage.format.oracle.ImageRecipe.CompressedCopy;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A list of image recipes that crosses the properties of every format with seeded random content.
 * {@code -Ddiskimage.seed=N} repeats a list, {@code -Ddiskimage.matrix.only=NAME} keeps one image
 * of it, {@code =START*} those whose names begin so; they come out the same as in the whole list.
 */
public final class ImageMatrix extends ImageFamily {
  private static final long TIB = 1L << 40;

  private ImageMatrix(long seed) {
    super(seed);
  }

  /** The seed asked for by {@code diskimage.seed}, else a random one. */
  public static long seed() {
    Long asked = Long.getLong("diskimage.seed");
    return asked != null ? asked : new Random().nextInt(1_000_000_000);
  }

  /** All recipes, or the one that {@code diskimage.matrix.only} names. */
  public static List<ImageRecipe> recipes(long seed) {
    ImageMatrix matrix = new ImageMatrix(seed);
    matrix.qcow2();
    matrix.qcow2Properties();
    matrix.parallels();
    matrix.vpc();
    matrix.vdi();
    matrix.raw();
    return Stream.of(
            matrix,
            new ExtendedL2Images(seed),
            new EncryptedImages(seed),
            new ResizedSnapshotImages(seed),
            new BitmapImages(seed))
        .flatMap(family -> family.recipes().stream())
        .filter(ImageMatrix::isWanted)
        .toList();
  }

  /** Those of {@link #recipes} with persistent bitmaps. */
  public static List<ImageRecipe> bitmapRecipes(long seed) {
    return recipes(seed).stream().filter(recipe -> !recipe.bitmaps().isEmpty()).toList();
  }

  /** Recipes of images that lie in several files; kept to one in the same way. */
  public static List<ImageRecipe> linkedRecipes(long seed) {
    return Stream.of(new DataFileImages(seed), new ChainImages(seed))
        .flatMap(family -> family.recipes().stream())
        .filter(ImageMatrix::isWanted)
        .toList();
  }

  /** Whether {@code diskimage.matrix.only} names the recipe, or nothing. */
  private static boolean isWanted(ImageRecipe recipe) {
    String only = System.getProperty("diskimage.matrix.only");
    if (only == null || !only.endsWith("*")) {
      return only == null || recipe.name().equals(only);
    }
    return recipe.name().startsWith(only.substring(0, only.length() - 1));
  }

  private void qcow2() {
    for (String version : List.of("v2", "v3")) {
      for (String cluster : List.of("512", "4k", "64k", "2M")) {
        for (String compression :
            version.equals("v2") ? List.of("zlib") : List.of("zlib", "zstd")) {
          for (int snapshots = 0; snapshots <= 2; snapshots += 2) {
            for (int i = 0; i < 5; i++) {
              qcow2(version, cluster, compression, snapshots, i);
            }
          }
        }
      }
    }
  }

  private void qcow2(String version, String cluster, String compression, int snapshots, int i) {
    String name =
        String.join("-", "qcow2", version, cluster, compression)
            + (snapshots > 0 ? "-snapshots" : "")
            + "-"
            + i;
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    add(
        name,
        "qcow2",
        "compat=" + version + ",cluster_size=" + cluster + ",compression_type=" + compression,
        size,
        null,
        history(random, writes(random, clusterSize, true), size, snapshots, version.equals("v3")));
  }

  private void qcow2Properties() {
    for (String cluster : List.of("1k", "2k", "8k", "16k", "32k", "128k", "256k", "512k", "1M")) {
      for (String version : List.of("v2", "v3")) {
        simple("qcow2-cluster-" + cluster + "-" + version, "qcow2", cluster, "compat=" + version);
      }
    }
    for (int bits = 1; bits <= 64; bits *= 2) {
      // Narrow counts leave no room for the references of snapshots and of shared clusters.
      int snapshots = bits < 8 ? 0 : 2;
      snapshotted("qcow2-refcount-" + bits, "64k", "refcount_bits=" + bits, snapshots);
      snapshotted("qcow2-refcount-4k-" + bits, "4k", "refcount_bits=" + bits, snapshots);
    }
    for (String cluster : List.of("512", "4k", "64k", "2M")) {
      for (String mode : List.of("metadata", "falloc", "full")) {
        snapshotted("qcow2-" + mode + "-" + cluster, cluster, "preallocation=" + mode, 1);
      }
      for (String version : List.of("v2", "v3")) {
        backed("qcow2-backed-" + version + "-" + cluster, version, cluster, 0);
        backed("qcow2-backed-snapshots-" + version + "-" + cluster, version, cluster, 1);
      }
      for (String compression : List.of("zlib", "zstd")) {
        compressedCopy("qcow2-copy-" + compression + "-" + cluster, cluster, compression);
      }
      resized("qcow2-resized-" + cluster, cluster);
    }
    simple("qcow2-lazy", "qcow2", "64k", "lazy_refcounts=on");
    add("qcow2-empty-v2", "qcow2", "compat=v2", 0, null, List.of());
    add("qcow2-empty-v3", "qcow2", "compat=v3", 0, null, List.of(new Snapshot("nothing")));
    add("qcow2-sector", "qcow2", "", 512, null, List.of(new Commands(List.of("write -q 0 512"))));
    huge("qcow2-huge-64k", "qcow2", "cluster_size=64k", 64 << 10, 3 * TIB + 512, 2);
    huge("qcow2-huge-2M", "qcow2", "cluster_size=2M", 2 << 20, 5 * TIB + 1536, 1);
    huge("qcow2-huge-4k", "qcow2", "cluster_size=4k", 4 << 10, 40L << 30, 2);
  }

  private void parallels() {
    for (String cluster :
        List.of("512", "1536", "4k", "4608", "32256", "64k", "98304", "1M", "1537k")) {
      for (int i = 0; i < 5; i++) {
        simple("parallels-" + cluster + "-" + i, "parallels", cluster, "");
      }
    }
    add("parallels-empty", "parallels", "", 0, null, List.of());
    // QEMU 7.2 counts the sectors of a run in 32 bits and gives up on a TiB without data.
    huge("parallels-huge", "parallels", "", MIB, TIB - (100L << 30) + 512, 0);
    huge("parallels-huge-63", "parallels", "cluster_size=32256", 32256, 60L << 30, 0);
  }

  private void vpc() {
    for (String subformat : List.of("dynamic", "fixed")) {
      for (String sizing : List.of("", ",force_size=on")) {
        String name = "vpc-" + subformat + (sizing.isEmpty() ? "-chs-" : "-exact-");
        for (int i = 0; i < 10; i++) {
          flat(name + i, "vpc", "subformat=" + subformat + sizing, 2 * MIB);
        }
      }
    }
    huge("vpc-huge", "vpc", "force_size=on", 2 * MIB, TIB + 512, 0);
    huge("vpc-huge-chs", "vpc", "", 2 * MIB, 100L << 30, 0);
  }

  private void vdi() {
    for (String kind : List.of("off", "on")) {
      for (int i = 0; i < 12; i++) {
        flat("vdi-static-" + kind + "-" + i, "vdi", "static=" + kind, MIB);
      }
    }
    add("vdi-empty", "vdi", "", 0, null, List.of());
    huge("vdi-huge", "vdi", "", MIB, TIB + 512, 0);
  }

  private void raw() {
    for (int i = 0; i < 10; i++) {
      flat("raw-" + i, "raw", "", 64 << 10);
    }
  }

  /** An image with the option {@code cluster_size}, without snapshots. */
  private void simple(String name, String format, String cluster, String options) {
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    boolean compresses = format.equals("qcow2");
    add(
        name,
        format,
        "cluster_size=" + clusterSize + (options.isEmpty() ? "" : "," + options),
        size,
        null,
        history(random, writes(random, clusterSize, compresses), size, 0, false));
  }

  private void snapshotted(String name, String cluster, String options, int snapshots) {
    Random random = random(name);
    long clusterSize = bytes(cluster);
    // Preallocated clusters have entries from the start, which compressed writes are refused on.
    boolean compresses = !options.startsWith("preallocation");
    long size = oddSize(random, clusterSize);
    add(
        name,
        "qcow2",
        "cluster_size=" + cluster + "," + options,
        size,
        null,
        history(random, writes(random, clusterSize, compresses), size, snapshots, false));
  }

  private void backed(String name, String version, String cluster, int snapshots) {
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    long baseSize = oddSize(random, clusterSize);
    Base base = new Base(baseSize, writes(random, 64 << 10, true).steps(6, baseSize));
    add(
        name,
        "qcow2",
        "compat=" + version + ",cluster_size=" + cluster,
        size,
        base,
        history(random, writes(random, clusterSize, true), size, snapshots, false));
  }

  private void compressedCopy(String name, String cluster, String compression) {
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    List<Step> steps =
        new ArrayList<>(history(random, writes(random, clusterSize, false), size, 0, false));
    steps.add(new CompressedCopy());
    steps.addAll(writes(random, clusterSize, false).steps(3, size));
    add(
        name,
        "qcow2",
        "cluster_size=" + cluster + ",compression_type=" + compression,
        size,
        null,
        steps);
  }

  private void resized(String name, String cluster) {
    Random random = random(name);
    long clusterSize = bytes(cluster);
    GuestWrites writes = writes(random, clusterSize, true);
    List<Step> steps = new ArrayList<>();
    long size = oddSize(random, clusterSize);
    long first = size;
    for (int i = 1; i <= 3; i++) {
      steps.addAll(writes.steps(4, size));
      steps.add(new Snapshot("size " + size));
      size = oddSize(random, clusterSize) / 512 * 512 + 512;
      steps.add(new Resize(size));
    }
    steps.addAll(writes.steps(4, size));
    add(name, "qcow2", "cluster_size=" + cluster, first, null, steps);
  }

  /** An image of a format whose cluster is not chosen. */
  private void flat(String name, String format, String options, long clusterSize) {
    Random random = random(name);
    long size = oddSize(random, clusterSize);
    add(
        name,
        format,
        options,
        size,
        null,
        history(random, writes(random, clusterSize, false), size, 0, false));
  }

  private void huge(
      String name, String format, String options, long clusterSize, long size, int snapshots) {
    Random random = random(name);
    boolean compresses = format.equals("qcow2");
    add(
        name,
        format,
        options,
        size,
        null,
        history(random, writes(random, clusterSize, compresses), size, snapshots, false));
  }
}
