package io.diskimage.format.vhd;

import io.diskimage.format.ImageInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Footer and dynamic header in the terms that all formats share. */
final class VhdInfo {
  private static final UUID NULL = new UUID(0, 0);
  private static final long TEMPORARY_DISK = 1;

  private VhdInfo() {}

  static ImageInfo of(VhdHeader header, boolean encrypted) {
    VhdFooter footer = header.footer();
    ImageInfo.Builder info =
        ImageInfo.of("vpc", header.diskSize())
            .formatVersion(
                (footer.fileFormatVersion() >>> 16) + "." + (footer.fileFormatVersion() & 0xffff))
            .imageId(footer.uniqueId().toString())
            .features(features(header, encrypted));
    if (Batmap.mayBeIn(footer)) {
      info.encrypted(encrypted);
    }
    addFooter(info, footer);
    DynamicHeader dynamic = header.dynamic();
    if (dynamic != null) {
      addDynamicHeader(info, dynamic);
      if (!header.isStraight()) {
        info.clusterSize(dynamic.blockSize());
      }
      // A differencing disk without the id has a raw parent (vhd.md section 9.1).
      if (footer.isDifferencing() && !dynamic.parentUniqueId().equals(NULL)) {
        info.parentId(dynamic.parentUniqueId().toString());
      }
    }
    return info.build();
  }

  private static List<String> features(VhdHeader header, boolean encrypted) {
    VhdFooter footer = header.footer();
    List<String> features = new ArrayList<>();
    if (footer.isDifferencing()) {
      features.add("differencing");
    } else {
      features.add(header.isStraight() ? "fixed" : "dynamic");
    }
    if (footer.savedState() != 0) {
      features.add("saved state");
    }
    if ((footer.features() & TEMPORARY_DISK) != 0) {
      features.add("temporary disk");
    }
    if (encrypted) {
      features.add("encrypted");
    }
    return features;
  }

  private static void addFooter(ImageInfo.Builder info, VhdFooter footer) {
    info.header("features", footer.features())
        .header("file_format_version", footer.fileFormatVersion())
        .header("data_offset", Long.toUnsignedString(footer.dataOffset()))
        .header("timestamp", footer.timestamp())
        .header("creator_application", characters(footer.creatorApplication()))
        .header("creator_version_major", footer.creatorVersionMajor())
        .header("creator_version_minor", footer.creatorVersionMinor())
        .header("creator_host_os", characters(footer.creatorHostOs()))
        .header("original_size", Long.toUnsignedString(footer.originalSize()))
        .header("current_size", Long.toUnsignedString(footer.currentSize()))
        .header("cylinders", footer.cylinders())
        .header("heads", footer.heads())
        .header("sectors_per_track", footer.sectorsPerTrack())
        .header("disk_type", footer.diskType())
        .header("checksum", footer.checksum())
        .header("unique_id", footer.uniqueId())
        .header("saved_state", footer.savedState());
  }

  private static void addDynamicHeader(ImageInfo.Builder info, DynamicHeader dynamic) {
    info.header("dynamic_data_offset", Long.toUnsignedString(dynamic.dataOffset()))
        .header("table_offset", Long.toUnsignedString(dynamic.tableOffset()))
        .header("header_version", dynamic.headerVersion())
        .header("max_table_entries", dynamic.maxTableEntries())
        .header("block_size", dynamic.blockSize())
        .header("dynamic_checksum", dynamic.checksum())
        .header("parent_unique_id", dynamic.parentUniqueId())
        .header("parent_timestamp", dynamic.parentTimestamp())
        .header("parent_name", dynamic.parentName());
    for (DynamicHeader.ParentLocator locator : dynamic.parentLocators()) {
      String prefix = "parent_locator_" + locator.slot() + "_";
      info.header(prefix + "platform_code", characters(locator.platformCode()))
          .header(prefix + "data_space", locator.dataSpace())
          .header(prefix + "data_length", locator.dataLength())
          .header(prefix + "reserved", locator.reserved())
          .header(prefix + "offset", Long.toUnsignedString(locator.offset()));
    }
  }

  /** Four characters as text; what is no printable ASCII stands as {@code \0} or {@code \xhh}. */
  static String characters(int code) {
    StringBuilder text = new StringBuilder();
    for (int shift = 24; shift >= 0; shift -= 8) {
      int character = code >>> shift & 0xff;
      if (character == 0) {
        text.append("\\0");
      } else if (character < 0x20 || character > 0x7e || character == '\\') {
        text.append(String.format(Locale.ROOT, "\\x%02x", character));
      } else {
        text.append((char) character);
      }
    }
    return text.toString();
  }
}
