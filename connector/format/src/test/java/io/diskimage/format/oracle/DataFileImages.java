package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.Resize;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** qcow2 images whose guest data lie in a file of their own. */
final class DataFileImages extends ImageFamily {

  DataFileImages(long seed) {
    super(seed);
    for (String cluster : List.of("512", "4k", "64k", "2M")) {
      image("plain", cluster, "", false);
      image("raw", cluster, "data_file_raw=on", false);
      image("backed", cluster, "", true);
      image("metadata", cluster, "preallocation=metadata", false);
      resized("resized", cluster, "");
      resized("raw-resized", cluster, "data_file_raw=on");
    }
    for (String cluster : List.of("16k", "64k", "1M")) {
      image("extended", cluster, "extended_l2=on", false);
      image("extended-backed", cluster, "extended_l2=on", true);
      image("extended-raw", cluster, "extended_l2=on,data_file_raw=on", false);
    }
  }

  private void image(String kind, String cluster, String options, boolean backed) {
    String name = String.join("-", "data-file", kind, cluster);
    Random random = random(name);
    long clusterSize = bytes(cluster);
    long size = oddSize(random, clusterSize);
    Base base = null;
    if (backed) {
      long baseSize = oddSize(random, clusterSize);
      base = new Base(baseSize, writes(random, 64 << 10, true).steps(6, baseSize));
    }
    List<Step> steps = writes(random, clusterSize, false).steps(6 + random.nextInt(10), size);
    add(name, "qcow2", options(name, cluster, options), size, base, steps);
  }

  private void resized(String kind, String cluster, String options) {
    String name = String.join("-", "data-file", kind, cluster);
    Random random = random(name);
    long clusterSize = bytes(cluster);
    GuestWrites writes = writes(random, clusterSize, false);
    long first = oddSize(random, clusterSize);
    long second = oddSize(random, clusterSize) / 512 * 512 + 512;
    List<Step> steps = new ArrayList<>(writes.steps(5, first));
    steps.add(new Resize(second));
    steps.addAll(writes.steps(5, second));
    add(name, "qcow2", options(name, cluster, options), first, null, steps);
  }

  private static String options(String name, String cluster, String others) {
    return "cluster_size="
        + cluster
        + ",data_file="
        + ImageRecipe.DIRECTORY
        + "/"
        + name
        + ".data"
        + (others.isEmpty() ? "" : "," + others);
  }
}
