package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.CompressedCopy;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** qcow2 images with subclusters, of every cluster size that may have them. */
final class ExtendedL2Images extends ImageFamily {
  private static final int SUBCLUSTERS = 32;

  ExtendedL2Images(long seed) {
    super(seed);
    for (String cluster : List.of("16k", "32k", "64k", "128k", "256k", "512k", "1M", "2M")) {
      image("plain", cluster, "", 0, false);
      image("zstd", cluster, "compression_type=zstd", 0, false);
      image("snapshots", cluster, "", 2, false);
      image("backed", cluster, "", 0, true);
      image("backed-snapshots", cluster, "refcount_bits=32", 1, true);
      image("metadata", cluster, "preallocation=metadata", 0, false);
      image("metadata-backed", cluster, "preallocation=metadata", 1, true);
      image("full", cluster, "preallocation=full", 0, false);
      copy(cluster);
      resized(cluster);
    }
  }

  private void image(String kind, String cluster, String options, int snapshots, boolean backed) {
    String name = String.join("-", "qcow2-extended", kind, cluster);
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    Base base = null;
    if (backed) {
      long baseSize = oddSize(random, clusterSize);
      base = new Base(baseSize, writes(random, 64 << 10, true).steps(6, baseSize));
    }
    // Preallocated clusters have entries from the start, which compressed writes are refused on.
    boolean compresses = !options.startsWith("preallocation");
    List<Step> steps =
        history(random, partialWrites(random, clusterSize, compresses), size, snapshots, false);
    add(name, "qcow2", options(cluster, options), size, base, steps);
  }

  private void copy(String cluster) {
    String name = "qcow2-extended-copy-" + cluster;
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    GuestWrites writes = partialWrites(random, clusterSize, false);
    List<Step> steps = new ArrayList<>(writes.steps(8, size));
    steps.add(new CompressedCopy());
    steps.addAll(writes.steps(4, size));
    add(name, "qcow2", options(cluster, ""), size, null, steps);
  }

  private void resized(String cluster) {
    String name = "qcow2-extended-resized-" + cluster;
    Random random = random(name);
    long clusterSize = bytes(cluster);
    GuestWrites writes = partialWrites(random, clusterSize, true);
    long first = oddSize(random, clusterSize);
    long second = oddSize(random, clusterSize) / 512 * 512 + 512;
    List<Step> steps = new ArrayList<>(writes.steps(6, first));
    steps.add(new Snapshot("size " + first));
    steps.add(new Resize(second));
    steps.addAll(writes.steps(6, second));
    add(name, "qcow2", options(cluster, ""), first, null, steps);
  }

  private static String options(String cluster, String others) {
    return "extended_l2=on,cluster_size=" + cluster + (others.isEmpty() ? "" : "," + others);
  }

  private static GuestWrites partialWrites(Random random, long cluster, boolean compresses) {
    long longest = Math.min(256 << 10, 6 * cluster);
    return new GuestWrites(random, cluster, cluster / SUBCLUSTERS, longest, compresses);
  }
}
