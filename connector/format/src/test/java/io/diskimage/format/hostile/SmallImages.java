package io.diskimage.format.hostile;

import io.diskimage.format.ImagePatch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Images in good order, of a few kilobytes, that the hostile ones are made of. */
public final class SmallImages {
  static final int VHD_HEADER = 512;
  static final int VHD_TABLE = 1536;
  static final int VDI_MAP = 0x200;
  static final int PARALLELS_TABLE = 64;

  private static final int QCOW2_EXTENSIONS = 112;
  private static final long COPIED = 1L << 63;
  private static final int BLOCK = 4096;

  private SmallImages() {}

  /** An image of a driver. */
  public static byte[] of(String driver) {
    return switch (driver) {
      case "qcow2" -> qcow2(12);
      case "vpc" -> vhd();
      case "vdi" -> vdi();
      case "parallels" -> parallels();
      case "parallels-bundle" -> ascii(descriptor("disk.hds"));
      default -> throw new IllegalArgumentException(driver);
    };
  }

  /** Host offset of the L1 table of {@link #qcow2}. */
  static int l1(int clusterBits) {
    return 3 << clusterBits;
  }

  /** Host offset of the L2 table of {@link #qcow2}. */
  static int l2(int clusterBits) {
    return 4 << clusterBits;
  }

  /** Host offset of the only data of {@link #qcow2}. */
  static int data(int clusterBits) {
    return 5 << clusterBits;
  }

  /**
   * A qcow2 image (qcow2.md section 1) whose first guest cluster is stored. Clusters: header,
   * refcount table, refcount block, L1 table, L2 table, data.
   *
   * @param clusterBits 9 gives a disk of 32 KiB, 12 of 2 MiB
   */
  static byte[] qcow2(int clusterBits) {
    int cluster = 1 << clusterBits;
    byte[] file = new byte[6 * cluster];
    ImagePatch patch =
        ImagePatch.bigEndian(file)
            .u32(0, 0x514649fbL)
            .u32(4, 3)
            .u32(20, clusterBits)
            .u64(24, 1L << (2 * clusterBits - 3))
            .u32(36, 1)
            .u64(40, l1(clusterBits))
            .u64(48, cluster)
            .u32(56, 1)
            .u32(96, 4)
            .u32(100, QCOW2_EXTENSIONS)
            .u64(cluster, 2L * cluster)
            .u64(l1(clusterBits), COPIED | l2(clusterBits))
            .u64(l2(clusterBits), COPIED | data(clusterBits))
            .bytes(data(clusterBits), ImagePatch.content(1, cluster));
    for (int i = 0; i < 6; i++) {
      patch.u16(2 * cluster + 2 * i, 1);
    }
    return file;
  }

  /** {@link #qcow2} with a header extension in front of all others. */
  static byte[] qcow2Extended(int clusterBits, long type, long length, byte[] content) {
    byte[] file = qcow2(clusterBits);
    ImagePatch.bigEndian(file)
        .u32(QCOW2_EXTENSIONS, type)
        .u32(QCOW2_EXTENSIONS + 4, length)
        .bytes(QCOW2_EXTENSIONS + 8, content);
    return file;
  }

  /**
   * {@link #qcow2} without data over a backing file.
   *
   * @param format recorded, or null
   */
  static byte[] overlay(int clusterBits, String backing, String format) {
    byte[] file =
        format == null
            ? qcow2(clusterBits)
            : qcow2Extended(clusterBits, 0xe2792acaL, format.length(), ascii(format));
    byte[] name = backing.getBytes(StandardCharsets.UTF_8);
    int at = QCOW2_EXTENSIONS + 24;
    ImagePatch.bigEndian(file)
        .u64(8, at)
        .u32(16, name.length)
        .bytes(at, name)
        .u64(l2(clusterBits), 0);
    return file;
  }

  /** A fixed number of 4 KiB blocks in a dynamic VHD (vhd.md section 1), the first one stored. */
  static byte[] vhd() {
    return vhd(3);
  }

  /**
   * A differencing VHD of type 4 with one locator.
   *
   * @param code of the platform
   * @param name as it is encoded
   */
  static byte[] vhdChild(String code, byte[] name) {
    byte[] file = Arrays.copyOf(vhd(4), 3 * BLOCK + 512 + 512);
    int at = 2 * BLOCK + 512;
    ImagePatch.bigEndian(file)
        .u64(VHD_HEADER + 40, 0x0123456789abcdefL)
        .text(VHD_HEADER + 576, code)
        .u32(VHD_HEADER + 580, 1024)
        .u32(VHD_HEADER + 584, name.length)
        .u64(VHD_HEADER + 592, at)
        .bytes(at, new byte[1024])
        .bytes(at, name)
        .bytes(file.length - 512, Arrays.copyOf(file, 512));
    return signed(file);
  }

  private static byte[] vhd(int type) {
    int blocks = 8;
    byte[] file = new byte[2 * BLOCK + 512 + 512];
    byte[] footer = new byte[512];
    ImagePatch.bigEndian(footer)
        .text(0, "conectix")
        .u32(8, 2)
        .u32(12, 0x10000)
        .u64(16, VHD_HEADER)
        .text(28, "win ")
        .text(36, "Wi2k")
        .u64(40, (long) blocks * BLOCK)
        .u64(48, (long) blocks * BLOCK)
        .u32(60, type)
        .u64(68, 0x0011223344556677L)
        .u64(76, 0x8899aabbccddeeffL);
    ImagePatch patch =
        ImagePatch.bigEndian(file)
            .bytes(0, footer)
            .bytes(file.length - 512, footer)
            .text(VHD_HEADER, "cxsparse")
            .u64(VHD_HEADER + 8, -1)
            .u64(VHD_HEADER + 16, VHD_TABLE)
            .u32(VHD_HEADER + 24, 0x10000)
            .u32(VHD_HEADER + 28, blocks)
            .u32(VHD_HEADER + 32, BLOCK);
    for (int i = 0; i < blocks; i++) {
      patch.u32(VHD_TABLE + 4 * i, i == 0 ? BLOCK / 512 : -1);
    }
    patch.u8(BLOCK, 0xff).bytes(BLOCK + 512, ImagePatch.content(1, BLOCK));
    return signed(file);
  }

  /** The same VHD with its three checksums made right (vhd.md section 1.3). */
  static byte[] signed(byte[] file) {
    sign(file, 0, 512, 64);
    sign(file, VHD_HEADER, 1024, 36);
    sign(file, file.length - 512, 512, 64);
    return file;
  }

  private static void sign(byte[] file, int from, int length, int checksumAt) {
    ImagePatch patch = ImagePatch.bigEndian(file).u32(from + checksumAt, 0);
    int sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += file[i] & 0xff;
    }
    patch.u32(from + checksumAt, ~sum);
  }

  /** A dynamic VDI of 4 MiB without stored blocks (vdi.md section 1), 2 KiB long. */
  static byte[] vdi() {
    byte[] file = new byte[2048];
    ImagePatch patch =
        ImagePatch.littleEndian(file)
            .text(0, "<<< small >>>\n")
            .u32(0x40, 0xbeda107fL)
            .u32(0x44, 0x10001)
            .u32(0x48, 0x190)
            .u32(0x4c, 1)
            .u32(0x154, VDI_MAP)
            .u32(0x158, 0x400)
            .u32(0x168, 512)
            .u64(0x170, 4 << 20)
            .u32(0x178, 1 << 20)
            .u32(0x180, 4)
            .u64(0x188, 0x0011223344556677L);
    for (int i = 0; i < 4; i++) {
      patch.u32(VDI_MAP + 4 * i, -1);
    }
    return file;
  }

  /** A Parallels image of 32 KiB (parallels.md section 1) whose first cluster is stored. */
  static byte[] parallels() {
    byte[] file = new byte[2 * BLOCK];
    ImagePatch.littleEndian(file)
        .text(0, "WithouFreSpacExt")
        .u32(16, 2)
        .u32(20, 16)
        .u32(24, 1)
        .u32(28, BLOCK / 512)
        .u32(32, 8)
        .u64(36, 8L * BLOCK / 512)
        .u32(48, BLOCK / 512)
        .u32(PARALLELS_TABLE, 1)
        .bytes(BLOCK, ImagePatch.content(1, BLOCK));
    return file;
  }

  /** The descriptor of a bundle of one layer in one file (parallels-bundle.md section 2). */
  static String descriptor(String file) {
    String guid = "{5fbaabe3-6958-40ff-92a7-860e329aab41}";
    return "<?xml version='1.0' encoding='UTF-8'?>\n<Parallels_disk_image Version=\"1.0\">"
        + "<Disk_Parameters><Disk_size>64</Disk_size></Disk_Parameters>"
        + "<StorageData><Storage><Start>0</Start><End>64</End><Blocksize>8</Blocksize><Image><GUID>"
        + guid
        + "</GUID><Type>Compressed</Type><File>"
        + file
        + "</File></Image></Storage></StorageData><Snapshots><Shot><GUID>"
        + guid
        + "</GUID><ParentGUID>{00000000-0000-0000-0000-000000000000}</ParentGUID></Shot>"
        + "</Snapshots></Parallels_disk_image>";
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
