package io.diskimage.format.oracle;

import io.diskimage.format.oracle.ImageRecipe.Base;
import io.diskimage.format.oracle.ImageRecipe.Step;
import java.util.List;
import java.util.Random;

/**
 * Backing chains of one to five layers: qcow2 of different clusters and lengths above a disk of any
 * format.
 */
final class ChainImages extends ImageFamily {
  private static final int PER_KIND = 4;

  private static final List<String> CLUSTERS =
      List.of("512", "1k", "4k", "8k", "16k", "64k", "128k", "512k", "2M");

  ChainImages(long seed) {
    super(seed);
    for (String bottom :
        List.of("qcow2", "raw", "vdi", "vdi-static", "vpc", "vpc-fixed", "parallels")) {
      for (int layers = 2; layers <= 5; layers++) {
        for (int i = 0; i < PER_KIND; i++) {
          chain(bottom, layers, i, 0);
        }
      }
    }
    for (String single : List.of("qcow2", "raw", "vdi", "vpc", "parallels")) {
      chain(single, 1, 0, 0);
    }
    for (int layers = 2; layers <= 5; layers++) {
      chain("qcow2", layers, PER_KIND, 2);
    }
  }

  private void chain(String bottom, int layers, int i, int snapshots) {
    String name = "chain-" + layers + "-" + bottom + "-" + i;
    Random random = random(name);
    long scale = MIB / 2 + random.nextLong(3 * MIB);
    Base layer = bottom(random, bottom, scale);
    for (int level = 2; level <= layers; level++) {
      boolean top = level == layers;
      layer = qcow2(random, layer, scale, top ? snapshots : random.nextInt(8) / 7);
    }
    add(name, layer.format(), layer.options(), layer.size(), layer.base(), layer.steps());
  }

  private Base bottom(Random random, String kind, long scale) {
    String format = kind.split("-", 2)[0];
    if (format.equals("qcow2")) {
      return qcow2(random, null, scale, 0);
    }
    long unit = format.equals("vpc") ? 2 * MIB : format.equals("vdi") ? MIB : 64 << 10;
    String options =
        switch (kind) {
          case "vdi-static" -> "static=on";
          case "vpc-fixed" ->
              random.nextBoolean() ? "subformat=fixed" : "subformat=fixed,force_size=on";
          case "vpc" -> random.nextBoolean() ? "" : "force_size=on";
          case "parallels" -> random.nextBoolean() ? "" : "cluster_size=32256";
          default -> "";
        };
    long size = size(random, scale);
    return new Base(format, options, size, null, writes(random, unit, false).steps(6, size));
  }

  private Base qcow2(Random random, Base below, long scale, int snapshots) {
    String cluster = CLUSTERS.get(random.nextInt(CLUSTERS.size()));
    long clusterSize = bytes(cluster);
    boolean v2 = random.nextInt(4) == 0;
    boolean extended = !v2 && clusterSize >= 16 << 10 && random.nextInt(3) == 0;
    String options =
        "cluster_size="
            + cluster
            + (v2 ? ",compat=v2" : "")
            + (extended ? ",extended_l2=on" : "")
            + (!v2 && random.nextInt(4) == 0 ? ",compression_type=zstd" : "");
    long size = size(random, scale);
    List<Step> steps = history(random, writes(random, clusterSize, true), size, snapshots, false);
    return new Base("qcow2", options, size, below, steps);
  }

  /** Layers of one chain are neither of one length nor of wholly different ones. */
  private static long size(Random random, long scale) {
    long size = scale / 2 + random.nextLong(scale);
    return random.nextInt(3) == 0 ? size : (size + 511) / 512 * 512;
  }
}
