package io.diskimage.format.parallels;

import io.diskimage.format.ImageInfo;
import java.util.ArrayList;
import java.util.List;

/** Header and format extension in the terms that all formats share. */
final class ParallelsInfo {
  private static final long EMPTY = 1;
  private static final long BEING_CONVERTED = 2;

  private ParallelsInfo() {}

  static ImageInfo of(ParallelsHeader header, FormatExtension extension) {
    return ImageInfo.of("parallels", header.sectors() * 512)
        .formatVersion(header.isExtended() ? "2" : "1")
        .clusterSize(header.clusterBytes())
        .dirty(header.isInUse())
        .bitmapCount(extension.bitmaps())
        .features(features(header, extension))
        .header("magic", header.magic())
        .header("version", header.version())
        .header("heads", header.heads())
        .header("cylinders", header.cylinders())
        .header("tracks", header.tracks())
        .header("bat_entries", header.batEntries())
        .header("nb_sectors", Long.toUnsignedString(header.storedSectors()))
        .header("in_use", header.inUse())
        .header("data_off", header.dataOff())
        .header("flags", header.flags())
        .header("ext_off", Long.toUnsignedString(header.extOff()))
        .build();
  }

  private static List<String> features(ParallelsHeader header, FormatExtension extension) {
    List<String> features = new ArrayList<>();
    if (header.extOff() != 0) {
      features.add("format extension");
    }
    if (extension.bitmaps() > 0) {
      features.add("dirty bitmaps");
    }
    if ((header.flags() & EMPTY) != 0) {
      features.add("empty");
    }
    if ((header.flags() & BEING_CONVERTED) != 0) {
      features.add("conversion in progress");
    }
    return features;
  }
}
