package io.diskimage.format.bundle;

import io.diskimage.format.ImageInfo;
import io.diskimage.format.bundle.Descriptor.Storage;
import io.diskimage.format.bundle.Descriptor.StorageFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A descriptor in the terms that all formats share. */
final class BundleInfo {
  /** What the product's own last check counted as damage (parallels-bundle.md section 2.1). */
  private static final List<String> DAMAGE =
      List.of(
          "DupBlocksCnt",
          "CorruptBlocksCnt",
          "UnrefBlocksCnt",
          "OutOfDiskBlocksCnt",
          "BatOverlapBlocksCnt",
          "TruncatedBlocksCnt");

  /** The largest cluster of a storage file (parallels.md section 2 row 4). */
  private static final long MAX_CLUSTER_SECTORS = Integer.MAX_VALUE / 513;

  private static final Pattern WORD_START = Pattern.compile("(?<=[a-z])(?=[A-Z])");

  private BundleInfo() {}

  static ImageInfo of(Descriptor descriptor, LayerTree tree, LayerChain chain) {
    ImageInfo.Builder info =
        ImageInfo.of(BundleFormat.NAME, descriptor.diskSize() * 512)
            .formatVersion(descriptor.version())
            .encrypted(descriptor.isEncrypted())
            .snapshotCount(tree.snapshots().size())
            .features(features(descriptor));
    Long cluster = clusterSize(descriptor);
    if (cluster != null) {
      info.clusterSize(cluster);
    }
    Map<String, String> parameters = descriptor.parameters();
    UUID id = Guids.parse(parameters.getOrDefault("UID", ""));
    if (id != null) {
      info.imageId(id.toString());
    }
    info.header("root", descriptor.root());
    if (descriptor.version() != null) {
      info.header("version", descriptor.version());
    }
    parameters.forEach((name, text) -> info.header(snakeCase(name), text));
    info.header("segments", descriptor.storages().size())
        .header("shots", descriptor.shots().size())
        .header("layers", chain.layers().size())
        .header("top_guid", chain.top())
        .header("root_guid", chain.root());
    return info.build();
  }

  /** Of all storages, in bytes; null where they differ, have none or say what none can have. */
  private static Long clusterSize(Descriptor descriptor) {
    Long sectors = descriptor.storages().get(0).blocksize();
    for (Storage storage : descriptor.storages()) {
      boolean compressed = storage.files().stream().anyMatch(StorageFile::isCompressed);
      if (!compressed || sectors == null || !sectors.equals(storage.blocksize())) {
        return null;
      }
    }
    return sectors == 0 || sectors > MAX_CLUSTER_SECTORS ? null : (Long) (sectors * 512);
  }

  private static List<String> features(Descriptor descriptor) {
    List<String> features = new ArrayList<>();
    addIf(features, descriptor.storages().size() > 1, "split disk");
    addIf(features, anyFile(descriptor, StorageFile::isCompressed), "compressed storage");
    addIf(features, anyFile(descriptor, StorageFile::isPlain), "plain storage");
    addIf(
        features,
        anyFile(descriptor, file -> !file.isPlain() && !file.isCompressed()),
        "unknown storage");
    addIf(features, descriptor.shots().size() > 1, "snapshots");
    addIf(features, descriptor.origin() != null, "clone");
    addIf(features, descriptor.isEncrypted(), "encryption");
    addIf(features, descriptor.padding() != 0, "padding");
    addIf(features, descriptor.sectorSize() != 512, "sectors other than 512 bytes");
    addIf(features, isSet(descriptor, "SuspendState"), "suspended");
    addIf(
        features,
        DAMAGE.stream().anyMatch(counter -> isSet(descriptor, counter)),
        "damage counters");
    return features;
  }

  private static boolean anyFile(Descriptor descriptor, Predicate<StorageFile> test) {
    return descriptor.storages().stream().anyMatch(each -> each.files().stream().anyMatch(test));
  }

  private static boolean isSet(Descriptor descriptor, String parameter) {
    String text = descriptor.parameters().getOrDefault(parameter, "");
    return text.chars().anyMatch(c -> c != '0');
  }

  private static void addIf(List<String> features, boolean present, String name) {
    if (present) {
      features.add(name);
    }
  }

  /** {@code DupBlocksCnt} as {@code dup_blocks_cnt}. */
  private static String snakeCase(String name) {
    return WORD_START.matcher(name).replaceAll("_").toLowerCase(Locale.ROOT);
  }
}
