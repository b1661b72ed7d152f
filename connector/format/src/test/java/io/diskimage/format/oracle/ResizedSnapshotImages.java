package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Snapshot;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** qcow2 images whose snapshots are larger and smaller than the disk. */
final class ResizedSnapshotImages extends ImageFamily {

  ResizedSnapshotImages(long seed) {
    super(seed);
    for (String cluster : List.of("512", "2k", "8k", "32k", "64k", "512k", "2M")) {
      image("grown", cluster, "", 1, 3, false);
      image("shrunk", cluster, "refcount_bits=64", 3, 1, false);
      image("backed-grown", cluster, "", 1, 3, true);
      image("backed-shrunk", cluster, "compression_type=zstd", 3, 1, true);
    }
    for (String cluster : List.of("16k", "128k")) {
      image("extended-grown", cluster, "extended_l2=on", 1, 3, true);
      image("extended-shrunk", cluster, "extended_l2=on", 3, 1, false);
    }
  }

  /** A disk of about {@code first} thirds of some size, which ends with about {@code last}. */
  private void image(
      String kind, String cluster, String options, int first, int last, boolean backed) {
    String name = String.join("-", "qcow2-snapshots", kind, cluster);
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long third = oddSize(random, clusterSize) / 2048 * 512 + 512;
    Base base = null;
    if (backed) {
      long baseSize = 2 * third + random.nextLong(third);
      base = new Base(baseSize, writes(random, 64 << 10, true).steps(6, baseSize));
    }
    GuestWrites writes = writes(random, clusterSize, true);
    List<Step> steps = new ArrayList<>();
    long end = first * third;
    for (int size : new int[] {first, 2, last}) {
      if (size != first) {
        writes.resize(end);
        end = size * third;
        steps.add(new Resize(end));
      }
      steps.addAll(writes.steps(4, size * third));
      steps.add(new Snapshot(size + " thirds"));
    }
    // Once more at a border that is nowhere else.
    writes.resize(end);
    end += 512L * (1 + random.nextInt(64));
    steps.add(new Resize(end));
    steps.addAll(writes.steps(3, end));
    String allOptions = "cluster_size=" + cluster + (options.isEmpty() ? "" : "," + options);
    add(name, "qcow2", allOptions, first * third, base, steps);
  }
}
