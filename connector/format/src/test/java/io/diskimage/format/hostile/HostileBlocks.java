package io.diskimage.format.hostile;

import static io.diskimage.format.hostile.HostileImage.Deed.DESCRIBE;
import static io.diskimage.format.hostile.HostileImage.Deed.READ;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.TruncatedImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** VHD, VDI and Parallels images whose numbers are out of all proportion. */
final class HostileBlocks {
  private static final int HEADER = SmallImages.VHD_HEADER;
  private static final int LOCATOR = HEADER + 576;

  private HostileBlocks() {}

  static List<HostileImage> all() {
    List<HostileImage> images = new ArrayList<>();
    vhd(images);
    vdi(images);
    parallels(images);
    return images;
  }

  private static HostileImage vhd(String name, Consumer<ImagePatch> damage) {
    byte[] file = SmallImages.vhd();
    damage.accept(ImagePatch.bigEndian(file));
    return HostileImage.of("vhd-" + name, "vhd", SmallImages.signed(file));
  }

  private static void vhd(List<HostileImage> images) {
    images.add(
        vhd("table-of-2^32-1-entries", patch -> patch.u32(HEADER + 28, 0xffffffffL))
            .refused(DESCRIBE, CorruptImageException.class, "Max Table Entries too large"));
    // As many as the format allows, of which the file has hardly any.
    images.add(
        vhd("table-of-2^29-entries", patch -> patch.u32(HEADER + 28, 1 << 29))
            .refused(DESCRIBE, CorruptImageException.class, ""));
    for (long size : new long[] {0, 1, 0x80000000L, 0xffffffffL, 4097}) {
      images.add(
          vhd("block-of-" + size + "-bytes", patch -> patch.u32(HEADER + 32, size))
              .refused(DESCRIBE, ImageException.class, ""));
    }
    images.add(
        vhd("table-at-2^63", patch -> patch.u64(HEADER + 16, Long.MIN_VALUE))
            .refused(DESCRIBE, CorruptImageException.class, "Error reading pagetable"));
    images.add(
        vhd("table-near-2^63", patch -> patch.u64(HEADER + 16, Long.MAX_VALUE - 511))
            .refused(DESCRIBE, TruncatedImageException.class, "points after the end of file"));
    images.add(
        vhd("header-near-2^63", patch -> patch.u64(16, Long.MAX_VALUE - 1023))
            .refused(DESCRIBE, ImageException.class, ""));
    images.add(
        vhd("header-that-is-the-footer", patch -> patch.u64(16, 0))
            .refused(DESCRIBE, CorruptImageException.class, "Invalid header magic"));
    images.add(
        vhd("size-2^63", patch -> patch.u64(40, Long.MIN_VALUE).u64(48, Long.MIN_VALUE))
            .refused(DESCRIBE, CorruptImageException.class, "File too large"));
    images.add(
        vhd("size-2^64-1", patch -> patch.u64(40, -1).u64(48, -1))
            .refused(DESCRIBE, CorruptImageException.class, "File too large"));
    images.add(
        vhd("block-behind-the-end", patch -> patch.u32(SmallImages.VHD_TABLE, 0xfffffffeL))
            .refused(READ, TruncatedImageException.class, "points after the end of file"));
    images.add(
        vhd("block-over-the-header", patch -> patch.u32(SmallImages.VHD_TABLE, 0)).bounded(READ));
    for (long[] each :
        new long[][] {
          {0xffffffffL, 2048},
          {0x7fffffff, 2048},
          {512, Long.MAX_VALUE - 511},
          {512, Long.MIN_VALUE},
          {0xffffffffL, Long.MAX_VALUE},
        }) {
      byte[] file = SmallImages.vhdChild("W2ru", new byte[20]);
      ImagePatch.bigEndian(file).u32(LOCATOR + 8, each[0]).u64(LOCATOR + 16, each[1]);
      images.add(
          HostileImage.of(
                  "vhd-locator-of-%x-bytes-at-%x".formatted(each[0], each[1]),
                  "vhd",
                  SmallImages.signed(file))
              .refused(HostileImage.Deed.FOLLOW, ImageException.class, ""));
    }
  }

  private static HostileImage vdi(String name, Consumer<ImagePatch> damage) {
    byte[] file = SmallImages.vdi();
    damage.accept(ImagePatch.littleEndian(file));
    return HostileImage.of("vdi-" + name, "vdi", file);
  }

  private static void vdi(List<HostileImage> images) {
    images.add(
        vdi(
                "map-of-2^29-blocks-in-2-kib",
                patch -> patch.u32(0x180, 0x1fffff80).u64(0x170, 0x1fffff80L << 20))
            .refused(READ, TruncatedImageException.class, "outside the image file"));
    images.add(
        vdi("map-of-2^32-1-blocks", patch -> patch.u32(0x180, -1).u64(0x170, 0xffffffffL << 20))
            .refused(DESCRIBE, ImageException.class, ""));
    images.add(
        vdi("size-2^64-1", patch -> patch.u64(0x170, -1))
            .refused(DESCRIBE, ImageException.class, "Unsupported VDI image size"));
    images.add(
        vdi("size-of-more-blocks", patch -> patch.u64(0x170, 5 << 20))
            .refused(DESCRIBE, ImageException.class, ""));
    for (long size : new long[] {0, 1, 0x80000000L, 0xffffffffL}) {
      images.add(
          vdi("block-of-" + size + "-bytes", patch -> patch.u32(0x178, size))
              .refused(DESCRIBE, ImageException.class, ""));
    }
    images.add(
        vdi("map-at-2^32-512", patch -> patch.u32(0x154, 0xfffffe00L))
            .refused(READ, TruncatedImageException.class, "outside the image file"));
    images.add(
        vdi("data-at-2^32-512", patch -> patch.u32(0x158, 0xfffffe00L).u32(SmallImages.VDI_MAP, 0))
            .bounded(READ));
    images.add(
        vdi("block-2^32-3", patch -> patch.u32(SmallImages.VDI_MAP, 0xfffffffdL)).bounded(READ));
    images.add(
        vdi(
                "block-extra-2^32-1",
                patch -> patch.u32(0x17c, 0xffffffffL).u32(SmallImages.VDI_MAP, 0))
            .refused(READ, ImageException.class, ""));
    images.add(vdi("header-of-2^32-1", patch -> patch.u32(0x48, 0xffffffffL)).bounded(READ));
  }

  private static HostileImage parallels(String name, Consumer<ImagePatch> damage) {
    byte[] file = SmallImages.parallels();
    damage.accept(ImagePatch.littleEndian(file));
    return HostileImage.of("parallels-" + name, "hds", file);
  }

  private static void parallels(List<HostileImage> images) {
    images.add(
        parallels("catalog-of-2^29-entries", patch -> patch.u32(32, 0x1fffffff)).bounded(READ));
    images.add(
        parallels("catalog-of-2^32-1-entries", patch -> patch.u32(32, 0xffffffffL))
            .refused(DESCRIBE, CorruptImageException.class, "Catalog too large"));
    images.add(
        parallels("no-tracks", patch -> patch.u32(28, 0))
            .refused(DESCRIBE, CorruptImageException.class, "Zero sectors per track"));
    for (long tracks : new long[] {0x00800000L, 0x7fffffffL, 0xffffffffL}) {
      images.add(
          parallels("cluster-of-%x-sectors".formatted(tracks), patch -> patch.u32(28, tracks))
              .refused(DESCRIBE, CorruptImageException.class, "Too big cluster"));
    }
    images.add(
        parallels("size-2^63", patch -> patch.u64(36, Long.MIN_VALUE))
            .refused(DESCRIBE, ImageException.class, ""));
    images.add(
        parallels("size-of-2^55-sectors", patch -> patch.u64(36, 1L << 55))
            .refused(DESCRIBE, ImageException.class, ""));
    images.add(
        parallels("extension-at-2^63", patch -> patch.u64(56, Long.MIN_VALUE))
            .refused(DESCRIBE, CorruptImageException.class, "Too big offset"));
    images.add(
        parallels("extension-at-2^54", patch -> patch.u64(56, 1L << 54))
            .refused(DESCRIBE, CorruptImageException.class, ""));
    images.add(
        parallels("entry-2^32-1", patch -> patch.u32(SmallImages.PARALLELS_TABLE, 0xffffffffL))
            .bounded(READ));
    images.add(parallels("data-at-2^32-1", patch -> patch.u32(48, 0xffffffffL)).bounded(READ));
  }
}
