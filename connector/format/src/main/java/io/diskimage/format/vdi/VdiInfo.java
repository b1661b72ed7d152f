package io.diskimage.format.vdi;

import io.diskimage.format.ImageInfo;
import java.util.List;

/** A header in the terms that all formats share. */
final class VdiInfo {
  private VdiInfo() {}

  static ImageInfo of(VdiHeader header) {
    ImageInfo.Builder info =
        ImageInfo.of("vdi", header.diskSize())
            .formatVersion((header.version() >>> 16) + "." + (header.version() & 0xffff))
            .clusterSize(header.blockSize())
            .imageId(header.uuidImage().toString())
            .features(List.of(feature(header)))
            .header("text", header.text().strip())
            .header("signature", header.signature())
            .header("version", header.version())
            .header("header_size", header.headerSize())
            .header("image_type", header.imageType())
            .header("image_flags", header.imageFlags())
            .header("description", header.description())
            .header("offset_bmap", header.offsetBmap())
            .header("offset_data", header.offsetData())
            .header("cylinders", header.cylinders())
            .header("heads", header.heads())
            .header("sectors", header.sectors())
            .header("sector_size", header.sectorSize())
            .header("disk_size", Long.toUnsignedString(header.storedDiskSize()))
            .header("block_size", header.blockSize())
            .header("block_extra", header.blockExtra())
            .header("blocks_in_image", header.blocksInImage())
            .header("blocks_allocated", header.blocksAllocated())
            .header("uuid_image", header.uuidImage())
            .header("uuid_last_snap", header.uuidLastSnap())
            .header("uuid_link", header.uuidLink())
            .header("uuid_parent", header.uuidParent());
    VdiHeader.LogicalGeometry geometry = header.logicalGeometry();
    if (geometry != null) {
      info.header("logical_cylinders", geometry.cylinders())
          .header("logical_heads", geometry.heads())
          .header("logical_sectors", geometry.sectors())
          .header("logical_sector_size", geometry.sectorSize());
    }
    if (header.hasLink()) {
      info.parentId(header.uuidLink().toString());
    }
    return info.build();
  }

  private static String feature(VdiHeader header) {
    if (header.hasParent()) {
      return "differencing";
    }
    return switch ((int) header.imageType()) {
      case VdiHeader.TYPE_STATIC -> "static";
      case VdiHeader.TYPE_UNDO -> "undo";
      default -> "dynamic";
    };
  }
}
