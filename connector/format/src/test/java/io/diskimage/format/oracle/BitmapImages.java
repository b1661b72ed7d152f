package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Bitmap;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** qcow2 images with persistent dirty bitmaps of every sort of cluster and granularity. */
final class BitmapImages extends ImageFamily {

  BitmapImages(long seed) {
    super(seed);
    for (String cluster : List.of("512", "1k", "4k", "16k", "64k", "2M")) {
      for (String granularity : List.of("512", "4k", "64k", "1M")) {
        image(cluster, granularity, "");
      }
    }
    for (String granularity : List.of("512", "32k")) {
      image("16k", granularity, "extended_l2=on");
      image("512", granularity, "compression_type=zstd");
    }
    image("64k", "2048M", "");
  }

  /** Bitmaps from the start and from the middle on, and a resize that takes them along. */
  private void image(String cluster, String granularity, String options) {
    String name = "qcow2-bitmap-" + cluster + "-" + granularity;
    name += options.isEmpty() ? "" : "-" + options.substring(0, options.indexOf('_'));
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long first = 3 * MIB + random.nextLong(3 * MIB);
    long second = first + (random.nextLong(4 * MIB) - 2 * MIB) / 512 * 512;
    second -= second % 512;
    GuestWrites writes = new GuestWrites(random, clusterSize, 8 << 10, 64 << 10, true);
    List<Step> steps = new ArrayList<>();
    steps.add(new Bitmap("from the start", bytes(granularity)));
    steps.addAll(writes.steps(10 + random.nextInt(20), first));
    steps.add(new Bitmap("later", bytes(granularity)));
    steps.addAll(writes.steps(random.nextInt(5), first));
    steps.add(new Bitmap("finest", 512));
    steps.add(new Resize(second));
    steps.addAll(writes.steps(3, second));
    steps.add(new Bitmap("clean", bytes(granularity)));
    String allOptions = "cluster_size=" + cluster + (options.isEmpty() ? "" : "," + options);
    add(name, "qcow2", allOptions, first, null, steps);
  }
}
