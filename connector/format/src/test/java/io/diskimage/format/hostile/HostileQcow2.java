package io.diskimage.format.hostile;

import static io.diskimage.format.hostile.HostileImage.Deed.DESCRIBE;
import static io.diskimage.format.hostile.HostileImage.Deed.READ;

import com.github.luben.zstd.Zstd;
import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImagePatch;
import io.diskimage.format.TruncatedImageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.Deflater;

/** qcow2 images whose numbers are out of all proportion. */
final class HostileQcow2 {
  private static final int BITS = 12;
  private static final int CLUSTER = 1 << BITS;
  private static final long BITMAPS = 0x23852875L;
  private static final long ENCRYPTION = 0x0537be77L;
  private static final long COMPRESSED = 1L << 62;

  private HostileQcow2() {}

  static List<HostileImage> all() {
    List<HostileImage> images = new ArrayList<>();
    header(images);
    extensions(images);
    tables(images);
    streams(images);
    return images;
  }

  private static HostileImage with(String name, Consumer<ImagePatch> damage) {
    byte[] file = SmallImages.qcow2(BITS);
    damage.accept(ImagePatch.bigEndian(file));
    return HostileImage.of(name, "qcow2", file);
  }

  private static void header(List<HostileImage> images) {
    byte[] ones = new byte[CLUSTER];
    Arrays.fill(ones, (byte) 0xff);
    ImagePatch.bigEndian(ones).u32(0, 0x514649fbL).u32(4, 3);
    images.add(
        HostileImage.of("every-bit-of-the-header", "qcow2", ones)
            .refused(DESCRIBE, CorruptImageException.class, "Unsupported cluster size"));
    images.add(
        with(
                "every-field-at-its-limit",
                patch ->
                    patch
                        .u32(20, 21)
                        .u64(24, (4L << 20) << 39)
                        .u32(36, 4 << 20)
                        .u64(40, 1L << 60)
                        .u64(48, 1L << 60)
                        .u32(56, 4)
                        .u32(60, 65536)
                        .u64(64, 1L << 60)
                        .u32(96, 6))
            .refused(DESCRIBE, TruncatedImageException.class, "lies behind the end of the file"));
    images.add(
        with("size-2^63", patch -> patch.u64(24, Long.MIN_VALUE))
            .refused(DESCRIBE, CorruptImageException.class, "Image is too big"));
    images.add(
        with("size-2^63-1", patch -> patch.u64(24, Long.MAX_VALUE))
            .refused(DESCRIBE, CorruptImageException.class, "Image is too big"));
    images.add(
        with("l1-entries-2^31-1", patch -> patch.u32(36, 0x7fffffff))
            .refused(DESCRIBE, CorruptImageException.class, "Active L1 table too large"));
    // 8 * 0x20000001 is 8 in 32 bits.
    images.add(
        with("l1-bytes-over-an-int", patch -> patch.u32(36, 0x20000001))
            .refused(DESCRIBE, CorruptImageException.class, "Active L1 table too large"));
    images.add(
        with("l1-offset-near-2^63", patch -> patch.u64(40, Long.MAX_VALUE - CLUSTER + 1))
            .refused(
                DESCRIBE, TruncatedImageException.class, "Active L1 table lies behind the end"));
    images.add(
        with("refcount-table-clusters", patch -> patch.u32(56, 0xffffffffL))
            .refused(DESCRIBE, CorruptImageException.class, "too large"));
    images.add(
        with("snapshots-2^32-1", patch -> patch.u32(60, 0xffffffffL).u64(64, 3 * CLUSTER))
            .refused(DESCRIBE, CorruptImageException.class, "Snapshot table too large"));
    images.add(
        with("snapshots-65536-behind-the-end", patch -> patch.u32(60, 65536).u64(64, 1L << 50))
            .refused(DESCRIBE, TruncatedImageException.class, "behind the end of the file"));
    images.add(
        with(
                "snapshots-in-one-cluster",
                patch -> patch.u32(60, 65536).u64(64, SmallImages.data(BITS)))
            .refused(DESCRIBE, ImageException.class, ""));
    images.add(
        with(
                "snapshot-extra-data-2^32-1",
                patch ->
                    patch
                        .u32(60, 1)
                        .u64(64, SmallImages.data(BITS))
                        .u32(SmallImages.data(BITS) + 36, 0xffffffffL))
            .refused(DESCRIBE, CorruptImageException.class, "Too much extra metadata"));
    images.add(
        with("features-of-every-bit", patch -> patch.u64(72, -1))
            .refused(READ, ImageException.class, ""));
  }

  private static void extensions(List<HostileImage> images) {
    for (long length : new long[] {0xffffffffL, 0xfffffff8L, 0x7fffffffL, CLUSTER}) {
      images.add(
          HostileImage.of(
                  "extension-of-" + Long.toHexString(length),
                  "qcow2",
                  SmallImages.qcow2Extended(BITS, 0x12345678L, length, new byte[0]))
              .refused(DESCRIBE, CorruptImageException.class, "Header extension too large"));
    }
    images.add(
        bitmaps("bitmap-directory-2^64-1", 1, -1, SmallImages.data(BITS))
            .refused(DESCRIBE, CorruptImageException.class, "exceeds the maximum supported size"));
    images.add(
        bitmaps("bitmaps-65535-in-no-bytes", 65535, 24, SmallImages.data(BITS))
            .refused(DESCRIBE, ImageException.class, ""));
    byte[] table = bitmaps("x", 1, 32, SmallImages.data(BITS)).files().get("x.qcow2");
    ImagePatch.bigEndian(table)
        .u64(SmallImages.data(BITS), 4 * CLUSTER)
        .u32(SmallImages.data(BITS) + 8, 0xffffffffL)
        .u32(SmallImages.data(BITS) + 12, 0)
        .u8(SmallImages.data(BITS) + 16, 1)
        .u8(SmallImages.data(BITS) + 17, 31)
        .u16(SmallImages.data(BITS) + 18, 1)
        .u32(SmallImages.data(BITS) + 20, 0);
    images.add(
        HostileImage.of("bitmap-table-2^32-1", "qcow2", table)
            .refused(READ, CorruptImageException.class, "doesn't satisfy the constraints"));
    byte[] granularity = table.clone();
    ImagePatch.bigEndian(granularity)
        .u32(SmallImages.data(BITS) + 8, 1)
        .u8(SmallImages.data(BITS) + 17, 255);
    images.add(
        HostileImage.of("bitmap-granularity-2^255", "qcow2", granularity)
            .refused(READ, CorruptImageException.class, "doesn't satisfy the constraints"));
    images.add(luks("luks-area-behind-the-end", 1L << 40, 1L << 50));
    images.add(luks("luks-area-of-2^63", CLUSTER, Long.MAX_VALUE));
    byte[] luks = luks("x", 5 * CLUSTER, CLUSTER).files().get("x.qcow2");
    ImagePatch.bigEndian(luks)
        .bytes(5 * CLUSTER, new byte[] {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe, 0, 1})
        .text(5 * CLUSTER + 8, "aes\0")
        .text(5 * CLUSTER + 40, "xts-plain64\0")
        .text(5 * CLUSTER + 72, "sha256\0")
        .u32(5 * CLUSTER + 108, 64)
        .u32(5 * CLUSTER + 164, 1000)
        .u32(5 * CLUSTER + 208, 0x00ac71f3)
        .u32(5 * CLUSTER + 212, 1000)
        .u32(5 * CLUSTER + 248, 2)
        .u32(5 * CLUSTER + 252, 4000);
    for (int[] each : new int[][] {{164, 0}, {212, 1}, {252, 2}, {108, 3}, {248, 4}}) {
      byte[] huge = luks.clone();
      ImagePatch.bigEndian(huge).u32(5 * CLUSTER + each[0], 0xffffffffL);
      String what =
          new String[] {"digest-iterations", "iterations", "stripes", "key-bytes", "material"}
              [each[1]];
      images.add(
          HostileImage.of("luks-" + what, "qcow2", huge).refused(READ, ImageException.class, ""));
    }
  }

  private static HostileImage bitmaps(String name, int count, long directoryBytes, long offset) {
    byte[] content = new byte[24];
    ImagePatch.bigEndian(content).u32(0, count).u64(8, directoryBytes).u64(16, offset);
    byte[] file = SmallImages.qcow2Extended(BITS, BITMAPS, content.length, content);
    // Autoclear bit 0: the bitmaps extension counts.
    ImagePatch.bigEndian(file).u64(88, 1);
    return HostileImage.of(name, "qcow2", file);
  }

  private static HostileImage luks(String name, long offset, long length) {
    byte[] content = new byte[16];
    ImagePatch.bigEndian(content).u64(0, offset).u64(8, length);
    byte[] file = SmallImages.qcow2Extended(BITS, ENCRYPTION, content.length, content);
    ImagePatch.bigEndian(file).u32(32, 2);
    return HostileImage.of(name, "qcow2", file).refused(READ, ImageException.class, "");
  }

  private static void tables(List<HostileImage> images) {
    images.add(HostileImage.of("alias-bomb", "qcow2", aliasBomb()).bounded(READ));
    images.add(
        with("l1-entry-that-names-the-l1-table", patch -> patch.u64(3 * CLUSTER, 3 * CLUSTER))
            .bounded(READ));
    images.add(with("l2-entry-at-2^55", patch -> patch.u64(4 * CLUSTER, 1L << 55)).bounded(READ));
    images.add(
        with("l2-entry-of-half-a-cluster", patch -> patch.u64(4 * CLUSTER, 5 * CLUSTER + 512))
            .refused(READ, CorruptImageException.class, ""));
  }

  /** Every L1 entry names one L2 table, all of whose entries name one cluster: a terabyte. */
  private static byte[] aliasBomb() {
    int cluster = 1 << 16;
    byte[] file = Arrays.copyOf(SmallImages.qcow2(16), 6 * cluster);
    ImagePatch patch = ImagePatch.bigEndian(file).u64(24, 1L << 40).u32(36, 2048);
    for (int i = 0; i < 2048; i++) {
      patch.u64(SmallImages.l1(16) + 8 * i, SmallImages.l2(16));
    }
    for (int i = 0; i < cluster / 8; i++) {
      patch.u64(SmallImages.l2(16) + 8 * i, SmallImages.data(16));
    }
    return file;
  }

  private static void streams(List<HostileImage> images) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(new byte[4 << 20]);
    deflater.finish();
    byte[] bomb = new byte[3 * CLUSTER];
    int length = deflater.deflate(bomb);
    deflater.end();
    // QEMU takes the cluster's worth and leaves the rest.
    images.add(stream("deflate-to-more-than-a-cluster", Arrays.copyOf(bomb, length), false));
    images.add(
        stream("deflate-that-never-ends", new byte[CLUSTER], false)
            .refused(READ, CorruptImageException.class, ""));
    images.add(
        stream("zstd-to-more-than-a-cluster", Zstd.compress(new byte[4 << 20]), true)
            .refused(READ, CorruptImageException.class, ""));
    byte[] window = Zstd.compress(new byte[CLUSTER]);
    images.add(
        stream("zstd-with-a-window-of-2^41", giantWindow(), true)
            .refused(READ, CorruptImageException.class, ""));
    byte[] size = window.clone();
    // Frame header descriptor: eight bytes of content size, which take the place of the block.
    size[4] = (byte) 0xe0;
    Arrays.fill(size, 5, 13, (byte) 0x7f);
    images.add(
        stream("zstd-that-claims-2^62-bytes", size, true)
            .refused(READ, CorruptImageException.class, ""));
    images.add(
        with(
                "stream-behind-the-end",
                patch -> patch.u64(4 * CLUSTER, COMPRESSED | 0xfL << 58 | 1L << 50))
            .refused(READ, ImageException.class, ""));
    images.add(
        with(
                "stream-that-is-its-own-entry",
                patch -> patch.u64(4 * CLUSTER, COMPRESSED | 4 * CLUSTER))
            .refused(READ, CorruptImageException.class, ""));
  }

  /**
   * A frame of one raw block with the largest window that a descriptor can state (RFC 8878 section
   * 3.1.1.1.2).
   */
  private static byte[] giantWindow() {
    byte[] frame = new byte[4 + 1 + 1 + 3 + 16];
    ImagePatch.littleEndian(frame).u32(0, 0xfd2fb528L).u8(4, 0).u8(5, 0xff).u8(6, 16 << 3 | 1);
    return frame;
  }

  private static HostileImage stream(String name, byte[] stream, boolean zstd) {
    byte[] file = Arrays.copyOf(SmallImages.qcow2(BITS), 6 * CLUSTER + stream.length);
    long sectors = (stream.length + 511L) / 512;
    ImagePatch patch =
        ImagePatch.bigEndian(file)
            .u64(4 * CLUSTER, COMPRESSED | sectors << (62 - (BITS - 8)) | 6 * CLUSTER)
            .bytes(6 * CLUSTER, stream);
    if (zstd) {
      patch.u64(72, 8).u8(104, 1);
    }
    return HostileImage.of(name, "qcow2", file).bounded(READ);
  }
}
